// A picture from a prompt in forty lines:
//   example_generate MODEL_FOLDER "1girl, blue_hair" picture.png
#include <cstdio>
#include <fstream>

#include "newbie/engine.h"
#include "newbie/error.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: example_generate MODEL_FOLDER PROMPT PICTURE.png\n");
    return 2;
  }
  try {
    newbie::EngineOptions options;
    options.model = argv[1];
    newbie::Engine engine(options);

    newbie::GenerateRequest request;
    request.prompt = argv[2];
    request.width = request.height = 128;
    request.steps = 4;

    newbie::GenerateEvents events;
    events.progress = [](const newbie::Progress& at) {
      std::fprintf(stderr, "\r%-24s %3.0f %%", at.stage.c_str(),
                   at.total > 0
                       ? 100.0 * static_cast<double>(at.done) / static_cast<double>(at.total)
                       : 0.0);
    };
    events.image = [&](const newbie::GeneratedImage& picture) {
      std::ofstream(argv[3], std::ios::binary) << picture.png;
    };
    engine.generate(request, events);
    std::fprintf(stderr, "\n");
  } catch (const newbie::Error& error) {
    std::fprintf(stderr, "\n%s: %s\n%s\n", error.code().c_str(), error.what(),
                 error.hint_text().c_str());
    return 1;
  }
}
