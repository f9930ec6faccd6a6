#pragma once
/// The commands of the program. Each function adds one group to the program's description; add
/// yours here, in a file of its name, and in main.cpp.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Error.hpp>
#include <CLI/Formatter.hpp>

namespace newbie::cli {

/// What the program's exit codes mean, for every command.
enum ExitCode : int {
  kClean = 0,     ///< done, nothing to report
  kFindings = 1,  ///< done, and the answer is "no": findings, differences, text that would change
  kFailure = 2,   ///< not done: wrong usage, unreadable files, broken input
  kCancelled = 130,  ///< stopped by Ctrl-C; nothing is left half-written
};

/// Ends a command's callback with an exit code.
inline void finish(ExitCode code) {
  if (code != kClean) throw CLI::RuntimeError(code);
}

void add_generate_command(CLI::App& program);    // newbie generate
void add_snapshot_command(CLI::App& program);    // newbie snapshot
void add_replay_command(CLI::App& program);      // newbie replay
void add_sweep_command(CLI::App& program);       // newbie sweep
void add_create_command(CLI::App& program);      // newbie create
void add_compare_command(CLI::App& program);     // newbie compare
void add_prompt_commands(CLI::App& program);     // newbie prompt check|fix|format|...
void add_lora_commands(CLI::App& program);       // newbie lora info|merge|convert|extract
void add_memory_command(CLI::App& program);      // newbie memory
void add_doctor_command(CLI::App& program);      // newbie doctor
void add_model_commands(CLI::App& program);      // newbie model info|verify|synth|convert|tokenizer
void add_train_commands(CLI::App& program);      // newbie train init|check|lora|full|vae
void add_eval_commands(CLI::App& program);       // newbie eval binding|fidelity
void add_world_commands(CLI::App& program);      // newbie world render|sheet|draw
void add_man_command(CLI::App& program);         // newbie man
void add_completion_command(CLI::App& program);  // newbie completion bash|zsh|fish

}  // namespace newbie::cli
