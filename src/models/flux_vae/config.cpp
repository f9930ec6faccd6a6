#include "models/flux_vae/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/config_check.h"

namespace newbie::flux_vae {

Config read_config(const io::Config& json) {
  Config config;
  const auto size = [&](const char* key, int64_t fallback) {
    return json.find_integer(key).value_or(fallback);
  };
  config.in_channels = size("in_channels", 3);
  config.out_channels = size("out_channels", 3);
  config.latent_channels = size("latent_channels", 16);
  config.block_out_channels = json.integers("block_out_channels");
  config.layers_per_block = size("layers_per_block", 2);
  config.norm_num_groups = size("norm_num_groups", 32);
  config.sample_size = size("sample_size", 1024);
  config.scaling_factor = json.find_number("scaling_factor").value_or(0.3611);
  config.shift_factor = json.find_number("shift_factor").value_or(0.1159);
  config.mid_block_add_attention = json.find_boolean("mid_block_add_attention").value_or(true);
  // diffusers' class defaults are true; every FLUX file says false.
  config.use_quant_conv = json.find_boolean("use_quant_conv").value_or(true);
  config.use_post_quant_conv = json.find_boolean("use_post_quant_conv").value_or(true);
  return config;
}

Config complete_config(Config config, const io::WeightSet& weights) {
  ConfigCheck check(weights);
  check.size("in_channels", config.in_channels, check.axis("encoder.conv_in.weight", 1),
             "encoder.conv_in.weight");
  check.size("out_channels", config.out_channels, check.axis("decoder.conv_out.weight", 0),
             "decoder.conv_out.weight");
  check.size("latent_channels", config.latent_channels, check.axis("decoder.conv_in.weight", 1),
             "decoder.conv_in.weight");
  auto blocks = static_cast<int64_t>(config.block_out_channels.size());
  check.size("the number of block_out_channels", blocks, check.count("decoder.up_blocks."),
             "the number of decoder.up_blocks.*");
  for (int64_t i = 0; i < blocks && i < static_cast<int64_t>(config.block_out_channels.size());
       ++i) {
    const std::string conv = fmt::format("encoder.down_blocks.{}.resnets.0.conv1.weight", i);
    check.size(fmt::format("block_out_channels[{}]", i),
               config.block_out_channels[static_cast<size_t>(i)], check.axis(conv, 0), conv);
  }
  check.size("layers_per_block", config.layers_per_block,
             check.count("encoder.down_blocks.0.resnets."),
             "the number of encoder.down_blocks.0.resnets.*");
  check.finish();
  validate(config);
  return config;
}

Config config_from_weights(const io::WeightSet& weights) {
  if (const auto json = embedded_config(weights)) {
    return complete_config(read_config(*json), weights);
  }
  const ConfigCheck check(weights);
  Config config;
  config.latent_channels = 0;
  config.layers_per_block = 0;
  config.block_out_channels.assign(
      static_cast<size_t>(std::min<int64_t>(check.count("decoder.up_blocks."), 16)), 0);
  config.mid_block_add_attention = weights.has("decoder.mid_block.attentions.0.to_q.weight");
  config.use_quant_conv = weights.has("quant_conv.weight");
  config.use_post_quant_conv = weights.has("post_quant_conv.weight");
  return complete_config(std::move(config), weights);
}

void validate(const Config& c) {
  require_config(
      !c.block_out_channels.empty() && c.block_out_channels.size() <= 8,
      fmt::format("block_out_channels {} must have 1 to 8 entries", c.block_out_channels));
  for (const int64_t channels : c.block_out_channels) {
    require_config(channels > 0 && channels % c.norm_num_groups == 0,
                   fmt::format("block_out_channels {} must be multiples of norm_num_groups {}",
                               c.block_out_channels, c.norm_num_groups));
  }
  require_config(c.latent_channels > 0 && c.layers_per_block > 0,
                 "latent_channels and layers_per_block must be at least 1");
  require_config(c.scaling_factor != 0, "scaling_factor must not be 0");
}

}  // namespace newbie::flux_vae
