#pragma once
/// Developer's lines by topic, silent unless asked for: NEWBIE_TRACE=ops,weights writes them to
/// stderr; a program may take them elsewhere.

#include <functional>
#include <string_view>

namespace newbie {

/// Receives one line, without its newline. May be called from any thread.
using TraceSink = std::function<void(std::string_view topic, std::string_view line)>;

/// Whether anyone listens to the topic. Cost: one relaxed load when nobody listens to anything.
bool tracing(std::string_view topic);
/// Hands a line to the sink when the topic is listened to.
void trace(std::string_view topic, std::string_view line);

/// Listens to the comma-separated topics with `sink`, instead of what NEWBIE_TRACE asked for; empty
/// topics silence everything.
void set_trace(std::string_view topics, TraceSink sink);

}  // namespace newbie
