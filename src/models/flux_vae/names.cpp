#include "models/flux_vae/names.h"

#include <fmt/format.h>

namespace newbie::flux_vae {
namespace {

/// Collects specs under dotted names.
struct Specs {
  const Config& config;
  std::vector<io::TensorSpec> list;

  void norm(const std::string& name, int64_t channels) {
    list.push_back({name + ".weight", {channels}});
    list.push_back({name + ".bias", {channels}});
  }
  void conv(const std::string& name, int64_t in, int64_t out, int64_t kernel) {
    list.push_back({name + ".weight", {out, in, kernel, kernel}});
    list.push_back({name + ".bias", {out}});
  }
  void linear(const std::string& name, int64_t channels) {
    list.push_back({name + ".weight", {channels, channels}});
    list.push_back({name + ".bias", {channels}});
  }
  void resnet(const std::string& name, int64_t in, int64_t out) {
    norm(name + ".norm1", in);
    conv(name + ".conv1", in, out, 3);
    norm(name + ".norm2", out);
    conv(name + ".conv2", out, out, 3);
    if (in != out) conv(name + ".conv_shortcut", in, out, 1);
  }
  void middle(const std::string& side) {
    const int64_t channels = config.block_out_channels.back();
    resnet(side + ".mid_block.resnets.0", channels, channels);
    if (config.mid_block_add_attention) {
      const std::string attention = side + ".mid_block.attentions.0.";
      norm(attention + "group_norm", channels);
      for (const char* part : {"to_q", "to_k", "to_v", "to_out.0"}) {
        linear(attention + part, channels);
      }
    }
    resnet(side + ".mid_block.resnets.1", channels, channels);
  }
};

void add_encoder(Specs& specs) {
  const Config& c = specs.config;
  const std::vector<int64_t>& widths = c.block_out_channels;
  specs.conv("encoder.conv_in", c.in_channels, widths.front(), 3);
  int64_t in = widths.front();
  for (size_t i = 0; i < widths.size(); ++i) {
    const std::string block = fmt::format("encoder.down_blocks.{}.", i);
    for (int64_t j = 0; j < c.layers_per_block; ++j) {
      specs.resnet(fmt::format("{}resnets.{}", block, j), in, widths[i]);
      in = widths[i];
    }
    if (i + 1 < widths.size()) specs.conv(block + "downsamplers.0.conv", in, in, 3);
  }
  specs.middle("encoder");
  specs.norm("encoder.conv_norm_out", in);
  specs.conv("encoder.conv_out", in, 2 * c.latent_channels, 3);
}

void add_decoder(Specs& specs) {
  const Config& c = specs.config;
  const std::vector<int64_t>& widths = c.block_out_channels;
  int64_t in = widths.back();
  specs.conv("decoder.conv_in", c.latent_channels, in, 3);
  specs.middle("decoder");
  for (size_t i = 0; i < widths.size(); ++i) {
    const std::string block = fmt::format("decoder.up_blocks.{}.", i);
    const int64_t out = widths[widths.size() - 1 - i];
    for (int64_t j = 0; j <= c.layers_per_block; ++j) {
      specs.resnet(fmt::format("{}resnets.{}", block, j), in, out);
      in = out;
    }
    if (i + 1 < widths.size()) specs.conv(block + "upsamplers.0.conv", in, in, 3);
  }
  specs.norm("decoder.conv_norm_out", in);
  specs.conv("decoder.conv_out", in, c.out_channels, 3);
}

/// Black Forest Labs' ae.safetensors: decoder stages counted from the other end, attention as 1x1
/// convolutions.
io::NamesTable bfl_names(const Config& config) {
  io::NamesTable table{"bfl", "decoder.mid.block_1.norm1.weight", {}, {"loss.{*}"}};
  const auto rename = [&](const std::string& ours, const std::string& theirs, int ones = 0) {
    table.rules.push_back(io::Rename{ours, theirs, ones});
  };
  const std::string up = fmt::format("decoder.up.{{{}-i}}.", config.block_out_channels.size() - 1);
  for (const auto& [ours, theirs] :
       {std::pair<std::string, std::string>("encoder.down_blocks.{i}.", "encoder.down.{i}."),
        {"decoder.up_blocks.{i}.", up}}) {
    rename(ours + "resnets.{j}.conv_shortcut.{*}", theirs + "block.{j}.nin_shortcut.{*}");
    rename(ours + "resnets.{j}.{*}", theirs + "block.{j}.{*}");
  }
  rename("encoder.down_blocks.{i}.downsamplers.0.conv.{*}", "encoder.down.{i}.downsample.conv.{*}");
  rename("decoder.up_blocks.{i}.upsamplers.0.conv.{*}", up + "upsample.conv.{*}");
  rename("{w}.mid_block.resnets.0.{*}", "{w}.mid.block_1.{*}");
  rename("{w}.mid_block.resnets.1.{*}", "{w}.mid.block_2.{*}");
  const std::string ours = "{w}.mid_block.attentions.0.";
  const std::string theirs = "{w}.mid.attn_1.";
  rename(ours + "group_norm.{*}", theirs + "norm.{*}");
  for (const auto& [part, name] : {std::pair<std::string, std::string>("to_q", "q"),
                                   {"to_k", "k"},
                                   {"to_v", "v"},
                                   {"to_out.0", "proj_out"}}) {
    rename(ours + part + ".weight", theirs + name + ".weight", 2);
    rename(ours + part + ".bias", theirs + name + ".bias");
  }
  rename("{w}.conv_norm_out.{*}", "{w}.norm_out.{*}");
  return table;
}

}  // namespace

std::vector<io::TensorSpec> expected_tensors(const Config& config) {
  Specs specs{config, {}};
  add_encoder(specs);
  if (config.use_quant_conv) {
    specs.conv("quant_conv", 2 * config.latent_channels, 2 * config.latent_channels, 1);
  }
  if (config.use_post_quant_conv) {
    specs.conv("post_quant_conv", config.latent_channels, config.latent_channels, 1);
  }
  add_decoder(specs);
  return std::move(specs.list);
}

std::vector<io::NamesTable> layouts(const Config& config) {
  return {{"diffusers", "decoder.mid_block.resnets.0.norm1.weight", {}, {}}, bfl_names(config)};
}

io::WeightSetOptions weight_set_options(const Config& config) {
  return {"flux_vae", {"first_stage_model.", "vae.", "module."}, layouts(config)};
}

}  // namespace newbie::flux_vae
