#pragma once
/// The keys of every section: name, sentence, range, choices. Included by recipe.h.

#include <limits>

#include "newbie/request.h"
#include "train/recipe/recipe.h"

namespace newbie::train {

namespace detail {
inline constexpr double kInf = std::numeric_limits<double>::infinity();
/// A key with a closed set of values.
inline FieldInfo choice(const char* name, const char* sentence, std::vector<std::string> values) {
  return {name, sentence, "", -kInf, kInf, std::move(values)};
}
inline FieldInfo number(const char* name, const char* sentence, double least, double most) {
  return {name, sentence, "", least, most};
}
inline FieldInfo text(const char* name, const char* sentence) { return {name, sentence, ""}; }
}  // namespace detail

template <class Visitor>
void RunSection::describe(Visitor&& v) {
  using namespace detail;
  v(out, text("out", "folder of the run: states, samples, metrics, report, result"));
  v(steps, number("steps", "optimiser steps of the whole run", 1, 1e9));
  v(batch, number("batch", "pictures in one forward pass", 1, 65536));
  v(accumulate, number("accumulate", "forward passes whose gradients make one step", 1, 65536));
  v(seed, number("seed", "decides order, noise, times and dropout", 0, 9e15));
  v(device, choice("device", "where it runs", {"auto", "cpu", "cuda"}));
  v(threads, number("threads", "processors to use; 0 = all", 0, 4096));
  v(readers, number("readers",
                    "threads that prepare the next batches; 0 = one beside the processor, all "
                    "processors but one beside a device",
                    0, 4096));
  v(dtype,
    choice("dtype", "type of activations and products; weights in training stay exact in f32",
           {"auto", "f32", "bf16"}));
  v(recompute,
    text("recompute", "forget what lies inside a block and compute it again: less memory"));
  v(save_every, number("save_every", "steps between saved states; 0 = only at the end", 0, 1e9));
  v(keep, number("keep", "how many saved states stay", 1, 1000));
  v(log_every, number("log_every", "steps between lines of the log", 1, 1e6));
}

template <class Visitor>
void ModelSection::describe(Visitor&& v) {
  using namespace detail;
  v(path, text("path", "the model's folder, in a published layout"));
  v(vae, text("vae", "another VAE than the folder's"));
  v(train,
    text("train", "parts whose weights change (full): transformer, text_encoder, clip_model"));
  v(fresh, text("fresh",
                "parts that start from random values; of them the folder needs only the "
                "config and the tokenizer"));
}

template <class Visitor>
void DataSection::describe(Visitor&& v) {
  using namespace detail;
  v(kind, choice("kind",
                 "folder: pictures with captions beside them, N_name/ subfolders repeat N times; "
                 "jsonl: a list; world: drawn by the paper-doll world",
                 {"folder", "jsonl", "world"}));
  v(path, text("path", "the folder or the list"));
  v(repeats, number("repeats", "how often an epoch shows each picture", 1, 10000));
  v(count, number("count", "how many pictures the world draws", 1, 1e9));
  v(seed, number("seed", "of the world's pictures", 0, 9e15));
  v(weather_share, number("weather_share",
                          "share of the world's scenes outdoors that have weather, each as often; "
                          "0 = as the world has it, three of eight",
                          0, 1));
}

template <class Visitor>
void PicturesSection::describe(Visitor&& v) {
  using namespace detail;
  v(resolution,
    number("resolution", "side of a square picture; other shapes have its area", 16, 8192));
  v(buckets,
    choice("buckets",
           "shapes that pictures are cut to: five (1:1, 3:4, 4:3, 9:16, 16:9 on a grid of "
           "64), upstream (its crop list), world (1:1, 3:4, 4:3, 2:3 on a grid of 16), none",
           {"five", "upstream", "world", "none"}));
  v(smallest, number("smallest", "refuse pictures with a side below this", 1, 8192));
  v(cache, text("cache", "keep latents and caption features between epochs and runs"));
  v(cache_folder, text("cache_folder", "where; empty = OUT/cache"));
  v(late_resolution,
    number("late_resolution",
           "a second resolution towards the end, for drawn data; 0 = none; its batches are smaller "
           "by the ratio of areas",
           0, 8192));
  v(late_from, number("late_from", "share of the run after which it comes", 0, 1));
  v(late_share, number("late_share", "share of the passes from there on that it gets", 0, 1));
}

template <class Visitor>
void CaptionsSection::describe(Visitor&& v) {
  using namespace detail;
  v(dropout, number("dropout", "share of captions that are emptied, for guidance", 0, 1));
  v(kind, choice("kind", "how captions are read", {"auto", "xml", "tags", "text", "json"}));
  v(layout, text("layout", "how XML captions are written for the encoders"));
  v(system_prompt, text("system_prompt",
                        "sentence before the Gemma text: a preset's id, auto, none, or the text"));
  v(max_tokens, number("max_tokens", "cut the Gemma text after this many; 0 = never", 0, 8192));
  v(lenient, text("lenient", "train on captions that have errors"));
  v(sorted_batches,
    number(
        "sorted_batches",
        "batches whose captions are dealt out by length together, so that those of one batch are "
        "about as long; 1 = as they come",
        1, 64));
}

template <class Visitor>
void OptimizerSection::describe(Visitor&& v) {
  using namespace detail;
  v(kind, choice("kind", "adamw, or muon for the matrices of blocks and AdamW for the rest",
                 {"adamw", "muon"}));
  v(learning_rate, number("learning_rate", "of AdamW, at the top of the schedule", 0, 10));
  v(beta1, number("beta1", "how long AdamW remembers gradients", 0, 0.99999));
  v(beta2, number("beta2", "how long it remembers their squares", 0, 0.999999));
  v(epsilon, number("epsilon", "keeps AdamW from dividing by zero", 0, 1));
  v(weight_decay,
    number("weight_decay", "pull of weights towards zero; biases and norms have none", 0, 10));
  v(clip, number("clip", "longest gradient, all parameters together; 0 = any", 0, 1e9));
  v(embedding_factor, number("embedding_factor",
                             "learning rate of embedding tables, relative to the others", 0, 1000));
  v(muon_learning_rate, number("muon_learning_rate", "of Muon", 0, 10));
  v(muon_momentum, number("muon_momentum", "how long Muon remembers", 0, 0.9999));
  v(muon_weight_decay, number("muon_weight_decay", "pull towards zero of Muon's matrices", 0, 10));
  v(muon_iterations, number("muon_iterations", "Newton-Schulz iterations", 1, 20));
}

template <class Visitor>
void ScheduleSection::describe(Visitor&& v) {
  using namespace detail;
  v(kind, choice("kind", "shape of the learning rate over the run; wsd stays level and then falls",
                 {"constant", "cosine", "linear", "wsd"}));
  v(warmup, number("warmup", "steps of the rise from zero", 0, 1e9));
  v(floor, number("floor", "share of the learning rate that is left at the end", 0, 1));
  v(decay_from, number("decay_from", "share of the run after which wsd falls", 0, 1));
}

template <class Visitor>
void TimeSection::describe(Visitor&& v) {
  using namespace detail;
  v(sampling,
    choice("sampling", "how noise levels are drawn: uniform, or lognorm (a sigmoid of a normal)",
           {"uniform", "lognorm"}));
  v(mean, number("mean", "of lognorm, before the sigmoid", -10, 10));
  v(deviation, number("deviation", "of lognorm, before the sigmoid", 0.01, 10));
  v(stratified, text("stratified", "one draw from each equal share of the batch"));
  v(uniform_share, number("uniform_share", "share of draws that are uniform instead", 0, 1));
  v(shift,
    choice("shift", "lean towards noise: off, by a fixed factor, or by resolution as upstream does",
           {"off", "fixed", "resolution"}));
  v(shift_factor, number("shift_factor", "for fixed: larger is noisier", 0.01, 100));
}

template <class Visitor>
void AverageSection::describe(Visitor&& v) {
  using namespace detail;
  v(decay, number("decay", "moving average of the weights, which becomes the result; 0 = none", 0,
                  0.999999));
  v(later_decay, number("later_decay", "decay in the later part; 0 = the same", 0, 0.999999));
  v(later_from, number("later_from", "share of the run after which it holds", 0, 1));
}

template <class Visitor>
void AdapterSection::describe(Visitor&& v) {
  using namespace detail;
  v(kind, choice("kind", "form of the addition", {"lora", "lokr"}));
  v(rank, number("rank", "width of the addition", 1, 4096));
  v(alpha, number("alpha", "its strength is alpha / rank", 0.0001, 100000));
  v(factor, number("factor", "size of the smaller factor of lokr", 1, 1024));
  v(dropout, number("dropout",
                    "share of the inputs of each added product that a pass does without; pictures "
                    "that come again and again are learnt by heart more slowly",
                    0, 0.95));
  v(targets, text("targets", "ends of the names of the layers it is added to"));
}

template <class Visitor>
void VaeSection::describe(Visitor&& v) {
  using namespace detail;
  v(l1, number("l1", "weight of the mean absolute error", 0, 1000));
  v(l2, number("l2", "weight of the mean squared error", 0, 1000));
  v(gradient, number("gradient", "weight of the error of neighbouring differences", 0, 1000));
  v(pooled, number("pooled", "weight of the error at a half and a quarter of the size", 0, 1000));
  v(kl, number("kl", "weight of the divergence from standard normal latents", 0, 1000));
  v(latent_noise, number("latent_noise", "largest noise added to latents before decoding", 0, 10));
  v(train, choice("train",
                  "which half changes; decoder: latents and their scale stay what they were, for a "
                  "transformer that knows them (model.fresh is [] then)",
                  {"both", "decoder"}));
}

template <class Visitor>
void SegmentationSection::describe(Visitor&& v) {
  using namespace detail;
  v(weight, number("weight",
                   "weight of a helping loss: the transformer also says what each patch shows; "
                   "needs data with label maps; the head is dropped afterwards",
                   0, 1000));
  v(final_weight, number("final_weight", "what the weight falls to by the end", 0, 1000));
  v(layer, number("layer", "which main layer it reads; -1 = the middle one", -1, 1000));
  v(classes, number("classes", "labels of the maps", 2, 256));
  v(cells, number("cells", "labels along each side of a patch", 1, 16));
}

template <class Visitor>
void SamplesSection::describe(Visitor&& v) {
  using namespace detail;
  v(every, number("every", "steps between sample pictures; 0 = none", 0, 1e9));
  v(prompts,
    text("prompts", "what they show: prompts, or names of files that hold one (.xml, .txt)"));
  v(negative, text("negative", "what they must not show"));
  v(width, number("width", "pixels across; 0 = pictures.resolution", 0, 8192));
  v(height, number("height", "pixels down; 0 = pictures.resolution", 0, 8192));
  v(steps, number("steps", "steps from noise to picture", 1, 1000));
  v(guidance_scale, number("guidance_scale", "how strongly prompts are followed", 0, 100));
  v(shift, number("shift", "how much longer high noise levels are visited", 0.01, 100));
  v(seed, number("seed", "of the first picture", 0, 9e15));
}

template <class Visitor>
void Recipe::describe(Visitor&& v) {
  v(SectionInfo{"run", "Length, size and place of the run.", kEvery}, run);
  v(SectionInfo{"model", "What is trained.", kEvery}, model);
  v(SectionInfo{"data", "Pictures to learn from; may stand several times.", kEvery, true}, data);
  v(SectionInfo{"pictures", "How pictures are cut and kept.", kEvery}, pictures);
  v(SectionInfo{"captions", "How captions are read.", kDiffusion}, captions);
  v(SectionInfo{"time", "Which noise levels are practised.", kDiffusion}, time);
  v(SectionInfo{"adapter", "The addition.", kLora}, adapter);
  v(SectionInfo{"vae", "What a good reconstruction is.", kVae}, vae);
  v(SectionInfo{"segmentation", "A helping task for models that start from nothing.", kFull},
    segmentation);
  v(SectionInfo{"optimizer", "How gradients become steps.", kEvery}, optimizer);
  v(SectionInfo{"schedule", "The learning rate over time.", kEvery}, schedule);
  v(SectionInfo{"average", "A moving average of the weights.", kFull | kVae | kClassifier},
    average);
  v(SectionInfo{"samples", "Pictures made while training.", kDiffusion | kVae}, samples);
}

}  // namespace newbie::train
