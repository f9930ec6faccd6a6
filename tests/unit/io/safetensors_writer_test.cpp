#include "io/safetensors_writer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <numeric>

#include "files.h"

namespace newbie::io {
namespace {

std::vector<float> ramp(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.5f);
  return values;
}

TEST(SafetensorsWriter, RoundTripsInPiecesOfAnySize) {
  const ScratchFolder folder("roundtrip");
  const auto values = ramp(300);
  const std::string bytes_of_u8 = "odd";
  {
    SafetensorsWriter writer(folder / "m.safetensors",
                             {{"u", DType::u8, {3}}, {"f", DType::f32, {10, 30}}},
                             {{"license", "ours \"quoted\""}});
    // Larger elements first, whatever the order of declaration.
    ASSERT_EQ(writer.tensors()[0].name, "f");
    std::span<const std::byte> rest = std::as_bytes(std::span(values));
    while (!rest.empty()) {
      const auto piece = rest.first(std::min<size_t>(rest.size(), 77));
      writer.append(piece);
      rest = rest.subspan(piece.size());
    }
    writer.append(std::as_bytes(std::span(bytes_of_u8)));
    writer.commit();
    EXPECT_EQ(std::filesystem::file_size(folder / "m.safetensors"), writer.file_bytes());
  }
  const SafetensorsFile file = SafetensorsFile::open(folder / "m.safetensors");
  EXPECT_EQ(file.tensor("f", Device::cpu(1)).to_floats(), values);
  EXPECT_EQ(file.tensor("f", Device::cpu(1)).shape(), (Shape{10, 30}));
  EXPECT_EQ(file.find("f")->begin % 64, 0u);
  EXPECT_EQ(file.metadata().at("license"), "ours \"quoted\"");
  EXPECT_EQ(file.hole_bytes(), 0u);
}

TEST(SafetensorsWriter, RefusesTheSameNameTwice) {
  const ScratchFolder folder("twice");
  const Error error = error_of([&] {
    SafetensorsWriter(folder / "m.safetensors", {{"a", DType::u8, {1}}, {"a", DType::u8, {1}}});
  });
  EXPECT_EQ(error.code(), "weights.duplicate");
  EXPECT_EQ(folder.count(), 0u);
}

TEST(SafetensorsWriter, SaysBeforehandWhenTheDiskCannotHoldTheFile) {
  const ScratchFolder folder("space");
  const Error error = error_of([&] {
    SafetensorsWriter(folder / "m.safetensors", {{"a", DType::u8, {int64_t{1} << 60}}});
  });
  EXPECT_EQ(error.code(), "file.disk_full");
  EXPECT_EQ(folder.count(), 0u);
}

TEST(SafetensorsWriter, RefusesAFolderThatIsNotThere) {
  EXPECT_EQ(error_of([] {
              SafetensorsWriter("/nowhere/at/all/m.safetensors", {{"a", DType::u8, {1}}});
            }).code(),
            "file.unwritable");
}

/// Runs `body` in a child process and gives its exit status.
template <class Body>
int in_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void write_old(const std::filesystem::path& path) {
  SafetensorsWriter writer(path, {{"old", DType::u8, {1}}});
  writer.append(std::as_bytes(std::span("x", 1)));
  writer.commit();
}

TEST(SafetensorsWriter, AFullDiskLeavesTheOldFileAndNothingElse) {
  const ScratchFolder folder("full");
  write_old(folder / "m.safetensors");
  const int status = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const Error error = error_of([&] {
      SafetensorsWriter writer(folder / "m.safetensors", {{"a", DType::u8, {1 << 20}}});
      const std::string data(1 << 20, 'x');
      writer.append(std::as_bytes(std::span(data)));
      writer.commit();
    });
    return error.code().starts_with("file.") &&
                   std::string(error.what()).find("m.safetensors") != std::string::npos
               ? 0
               : 1;
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(folder.count(), 1u);
  EXPECT_NE(SafetensorsFile::open(folder / "m.safetensors").find("old"), nullptr);
}

TEST(SafetensorsWriter, AKilledWriterNeverReplacesTheOldFile) {
  const ScratchFolder folder("killed");
  write_old(folder / "m.safetensors");
  const int status = in_child([&] {
    SafetensorsWriter writer(folder / "m.safetensors", {{"a", DType::u8, {1 << 20}}});
    const std::string half(1 << 19, 'x');
    writer.append(std::as_bytes(std::span(half)));
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_NE(SafetensorsFile::open(folder / "m.safetensors").find("old"), nullptr);
}

TEST(SafetensorsWriter, AnAbandonedWriterLeavesNothing) {
  const ScratchFolder folder("abandoned");
  { SafetensorsWriter writer(folder / "m.safetensors", {{"a", DType::u8, {4}}}); }
  EXPECT_EQ(folder.count(), 0u);
}

TEST(SafetensorsWriter, CommittingTooEarlyIsABug) {
  const ScratchFolder folder("early");
  SafetensorsWriter writer(folder / "m.safetensors", {{"a", DType::u8, {4}}});
  EXPECT_EQ(error_of([&] { writer.commit(); }).code(), "internal.invariant");
}

}  // namespace
}  // namespace newbie::io
