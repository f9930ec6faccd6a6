#include "train/loop/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <map>

#include "base/json.h"
#include "grad/parameter.h"
#include "image/compose.h"
#include "image/png.h"
#include "ops/shape.h"
#include "tensor/gradient.h"
#include "train/loop/report.h"
#include "train/optim/schedule.h"
#include "train/recipe/write.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Device device_of(const std::vector<Parameter>& parameters) {
  check(!parameters.empty(), "Trainer: there is nothing to learn");
  return parameters.front().leaf.tensor().device();
}

/// All numbers of a step in one reading.
StepLosses averaged(const std::vector<Losses>& passes) {
  std::vector<Tensor> numbers;
  for (const Losses& pass : passes) {
    numbers.push_back(pass.total.detached());
    for (const auto& [name, part] : pass.parts) numbers.push_back(part.detached());
  }
  const std::vector<float> read = ops::concat_rows(numbers).to_floats();
  StepLosses sum;
  size_t next = 0;
  const auto add_to = [&](double& value) {
    value += static_cast<double>(read[next++]) / static_cast<double>(passes.size());
  };
  for (const Losses& pass : passes) {
    add_to(sum.total);
    sum.parts.resize(pass.parts.size());
    for (size_t p = 0; p < pass.parts.size(); ++p) {
      sum.parts[p].first = pass.parts[p].first;
      add_to(sum.parts[p].second);
    }
    sum.pictures.insert(sum.pictures.end(), pass.pictures.begin(), pass.pictures.end());
  }
  return sum;
}

/// Keys of two recipes that differ: "optimizer.learning_rate was 0.05 and is 0.01".
std::string differences(const std::string& before, const std::string& now) {
  const auto lines_of = [](const std::string& text) {
    std::map<std::string, std::string> values;
    std::string section;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const std::string line = text.substr(begin, end - begin);
      begin = end + 1;
      const size_t equals = line.find(" = ");
      if (line.starts_with("[")) {
        section = line.substr(1, line.find(']') - 1);
      } else if (equals != std::string::npos) {
        values[section + "." + line.substr(0, equals)] = line.substr(equals + 3);
      }
    }
    return values;
  };
  const auto was = lines_of(before), is = lines_of(now);
  std::vector<std::string> found;
  for (const auto& [key, value] : is) {
    const auto old = was.find(key);
    if (old == was.end()) {
      found.push_back(fmt::format("{} is {} and was not there", key, value));
    } else if (old->second != value) {
      found.push_back(fmt::format("{} is {} and was {}", key, value, old->second));
    }
  }
  return fmt::format("{}", fmt::join(found, "; "));
}

std::string whole_path(const std::string& path) {
  std::error_code failed;
  const fs::path whole = path.empty() ? fs::path() : fs::weakly_canonical(path, failed);
  return failed ? path : whole.string();
}

/// Without what may differ between the pieces of one run.
Recipe decisive(Recipe recipe) {
  const RunSection plain;
  recipe.run.out.clear();
  recipe.run.device = plain.device;
  recipe.run.threads = plain.threads;
  recipe.run.readers = plain.readers;
  recipe.run.save_every = plain.save_every;
  recipe.run.keep = plain.keep;
  recipe.run.log_every = plain.log_every;
  recipe.model.path = whole_path(recipe.model.path);
  recipe.model.vae = whole_path(recipe.model.vae);
  recipe.data.clear();
  recipe.pictures.cache_folder.clear();
  recipe.pictures.cache = true;
  recipe.samples = {};
  return recipe;
}

}  // namespace

Trainer::Trainer(Objective& objective, const Recipe& recipe, TrainerOptions options,
                 TrainerEvents events)
    : objective_(objective),
      recipe_(recipe),
      options_(std::move(options)),
      events_(std::move(events)),
      folder_(recipe.run.out),
      lock_(folder_),
      optimizer_(recipe.optimizer, objective.parameters()) {
  std::error_code ignored;
  fs::create_directories(folder_ / "states", ignored);
  if (recipe_.average.decay > 0) average_.emplace(objective_.parameters());
  if (const auto state = newest_state(folder_ / "states")) resume(*state);
  metrics_.emplace(folder_ / "metrics.jsonl", done_);
}

std::vector<StateFile> Trainer::state_files() {
  std::vector<StateFile> files(2);
  files[0].name = "parameters";
  for (Parameter& parameter : objective_.parameters()) {
    files[0].tensors.push_back({parameter.name(), parameter.exact()});
  }
  files[1].name = "optimizer";
  const auto add_to = [](StateFile& file) {
    return [&file](const std::string& name, Tensor& state) {
      file.tensors.push_back({name, state});
    };
  };
  optimizer_.visit(add_to(files[1]));
  if (average_) {
    files.push_back({"average", {}});
    average_->visit(add_to(files.back()));
  }
  return files;
}

std::string Trainer::journal() const {
  const Json json{{"step", done_},
                  {"seconds", seconds_},
                  {"kind", name_of(recipe_.kind)},
                  {"recipe", to_toml(decisive(recipe_))},
                  {"data", objective_.data_identity()}};
  return json.dump(1) + "\n";
}

void Trainer::resume(const SavedState& state) {
  const Json json = parse_json(state.journal, "journal.json").value();
  const auto text = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const std::string recipe = to_toml(decisive(recipe_));
  const auto refuse = [&](const std::string& what) {
    throw Error("state.other_recipe", fmt::format("{} holds a run of {}", folder_.string(), what))
        .where(state.folder.string())
        .hint(
            "choose another run.out, or go back to what the run began with: it would not be the "
            "same run");
  };
  if (text("recipe") != recipe) refuse("another recipe: " + differences(text("recipe"), recipe));
  if (text("data") != objective_.data_identity()) refuse("another data set");
  for (const StateFile& file : state_files()) load_state_file(state, file);
  for (Parameter& parameter : objective_.parameters()) assign(parameter, parameter.exact());
  objective_.parameters_changed();
  done_ = saved_ = state.step;
  if (const auto found = json.find("seconds"); found != json.end() && found->is_number()) {
    seconds_ = found->get<double>();
  }
  note(fmt::format("resumed after step {}", done_));
}

void Trainer::note(const std::string& text) const {
  if (events_.note) events_.note(text);
}

void Trainer::save() {
  save_state(folder_ / "states", done_, journal(), state_files(), recipe_.run.keep);
  saved_ = done_;
}

void Trainer::save_despite_failure() {
  if (saved_ == done_ || !whole_) return;
  for (Parameter& parameter : objective_.parameters()) parameter.leaf.clear_gradient();
  try {
    save();
  } catch (const std::exception&) {
    return;  // what went wrong first is what is told
  }
  note(fmt::format("the state after step {} is kept; the same command goes on from there", done_));
}

void Trainer::report_despite_failure() {
  try {
    if (done_ > 0) write_report();
  } catch (const std::exception&) {  // what went wrong first is what is told
  }
}

std::optional<std::vector<Losses>> Trainer::accumulate() {
  const int64_t count = recipe_.run.accumulate;
  for (Parameter& parameter : objective_.parameters()) parameter.leaf.clear_gradient();
  std::vector<Losses> passes;
  for (int64_t i = 0; i < count; ++i) {
    if (options_.stop.requested()) return std::nullopt;
    passes.push_back(objective_.pass({done_ * count + i, done_, recipe_.run.steps}));
  }
  return passes;
}

void Trainer::refuse_not_finite(const StepLosses& losses, double norm) {
  constexpr size_t kMost = 4;
  std::vector<std::string> pictures = losses.pictures;
  const size_t more = pictures.size() > kMost ? pictures.size() - kMost : 0;
  pictures.resize(pictures.size() - more);
  const std::string broken = first_broken_gradient(objective_.parameters());
  throw Error("train.not_finite",
              fmt::format("step {}: the loss is {:.4g} and the gradient's length {:.4g}{}",
                          done_ + 1, losses.total, norm,
                          broken.empty() ? ""
                                         : fmt::format("; the first gradient that is not finite is "
                                                       "that of {}",
                                                       broken)))
      .where(fmt::format("pictures {}{}", fmt::join(pictures, ", "),
                         more ? fmt::format(" and {} more", more) : ""))
      .hint(
          "try a lower learning rate, a longer warm-up or a smaller optimizer.clip, or look at "
          "these pictures");
}

void Trainer::take_step(const std::vector<Losses>& passes, Clock::time_point begun) {
  auto& parameters = objective_.parameters();
  const Device device = device_of(parameters);
  const NoGradient quiet(device);
  const auto count = static_cast<double>(recipe_.run.accumulate);
  // The one moment of a step that waits for the device.
  const double norm = gradient_norm(parameters) / count;
  const StepLosses losses = averaged(passes);
  if (!std::isfinite(losses.total) || !std::isfinite(norm)) refuse_not_finite(losses, norm);
  const double factor = learning_rate_factor(recipe_.schedule, done_, recipe_.run.steps);
  whole_ = false;
  optimizer_(parameters,
             {.number = done_,
              .rate_factor = factor,
              .gradient_scale =
                  static_cast<double>(grad::clipping(norm, recipe_.optimizer.clip)) / count});
  objective_.parameters_changed();
  if (average_) {
    average_->update(parameters, average_decay(recipe_.average, done_, recipe_.run.steps));
  }
  ++done_;
  whole_ = true;
  const double seconds = since(begun);
  seconds_ += seconds;
  metrics_->append({done_, losses.total, losses.parts, norm, factor, seconds_,
                    static_cast<double>(losses.pictures.size()) / std::max(seconds, 1e-9),
                    device.allocator().report().reserved.peak});
  if (events_.step) events_.step(metrics_->all().back(), recipe_.run.steps);
}

void Trainer::with_averages(const std::function<void()>& body) {
  if (!average_) return body();
  auto& parameters = objective_.parameters();
  const std::vector<Tensor> present = exact_copies(parameters);
  const auto use = [&](const std::vector<Tensor>& values) {
    for (size_t i = 0; i < parameters.size(); ++i) assign(parameters[i], values[i]);
    objective_.parameters_changed();
  };
  whole_ = false;
  use(average_->values());
  body();
  use(present);
  whole_ = true;
}

void Trainer::make_samples() {
  if (!options_.report) return;
  const NoGradient quiet(device_of(objective_.parameters()));
  std::vector<image::Picture> pictures;
  with_averages([&] { pictures = objective_.samples(); });
  if (pictures.empty()) return;
  std::error_code ignored;
  fs::create_directories(folder_ / "samples", ignored);
  image::write_png(folder_ / "samples" / fmt::format("step-{:08}.png", done_),
                   image::contact_sheet(pictures));
}

void Trainer::write_report() {
  if (options_.report) train::write_report(folder_, recipe_, metrics_->all());
}

void Trainer::finish() {
  const NoGradient quiet(device_of(objective_.parameters()));
  with_averages(
      [&] { note(fmt::format("wrote {}", objective_.write_result(folder_ / "result").string())); });
}

RunEnd Trainer::run() {
  try {
    return steps();
  } catch (const std::exception&) {
    save_despite_failure();
    report_despite_failure();
    throw;
  }
}

RunEnd Trainer::steps() {
  const auto every = [this](int64_t steps) { return steps > 0 && done_ % steps == 0; };
  const int64_t steps = recipe_.run.steps;
  const int64_t last = options_.until > 0 ? std::min(options_.until, steps) : steps;
  bool stopped = false, out_of_time = false;
  while (done_ < last && !out_of_time) {
    const auto step_begun = Clock::now();
    const auto passes = accumulate();
    if (!passes) {
      stopped = true;
      break;
    }
    take_step(*passes, step_begun);
    if (every(recipe_.samples.every)) make_samples();
    if (every(recipe_.run.save_every)) {
      save();
      write_report();
    }
    out_of_time = options_.seconds > 0 && since(options_.begun) >= options_.seconds;
  }
  const RunEnd end = stopped ? RunEnd::stopped : done_ == steps ? RunEnd::finished : RunEnd::sliced;
  if (end == RunEnd::sliced && recipe_.samples.every > 0 && !every(recipe_.samples.every)) {
    make_samples();
  }
  save();
  // A slice leaves what was learnt so far, for looking at it or for going on elsewhere.
  if (end != RunEnd::stopped) finish();
  write_report();
  return end;
}

}  // namespace newbie::train
