#pragma once
/// The options of commands that draw: every described field of a request and of the engine, once.

#include <CLI/App.hpp>
#include <filesystem>
#include <string>

#include "newbie/engine.h"

namespace newbie::cli {

/// A flag per field of a request. The prompt is left out: each command takes it its own way.
/// Ranges are checked by the engine, whose errors say more.
void add_request_options(CLI::App& command, GenerateRequest& request);

/// The flag of a field: `--cfg-trunc` for `cfg_trunc`.
std::string flag_of(const std::string& field);

/// Fields whose flags were given on the command line go from `flags` to `request`, which came from
/// elsewhere.
void apply_given_fields(const CLI::App& command, const GenerateRequest& flags,
                        GenerateRequest& request);

/// `--resolution WIDTHxHEIGHT`, or one number for a square; nothing for "". Error: `request.size`.
void set_resolution(GenerateRequest& request, const std::string& resolution);

/// The model that comes with the program, or an empty path.
std::filesystem::path shipped_model();

/// `--model`, which is the shipped one unless told otherwise, and a flag per field of the engine.
void add_engine_options(CLI::App& command, EngineOptions& engine);

/// A recipe names its model: taken unless the command line or the environment names another.
void take_model_of_recipe(const CLI::App& command, const std::filesystem::path& model,
                          EngineOptions& engine);

/// Error: `request.model` when no model was named.
void require_model(const EngineOptions& engine);

/// The last value of a repeated flag wins, so that a script's flags can be overridden at its end.
void let_last_win(CLI::App& command);

}  // namespace newbie::cli
