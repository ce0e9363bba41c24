#include "media/testing.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace rushes::media::testing {
namespace {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "media_test.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Bytes read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return bytes_of(text);
}

}  // namespace

const std::string& folder() {
  static const TempFolder temp;
  return temp.path();
}

Bytes made(const std::string& name, const std::string& arguments) {
  static std::map<std::string, Bytes> known;
  // Tests of different files may choose the same name.
  const std::string key = name + " " + arguments;
  const auto it = known.find(key);
  if (it != known.end()) return it->second;
  const std::string path = folder() + "/" + name;
  const std::string command = "ffmpeg -nostdin -y -v error " + arguments + " '" + path + "'";
  const int status = std::system(command.c_str());
  EXPECT_EQ(status, 0) << command;
  Bytes bytes = read_file(path);
  EXPECT_FALSE(bytes.empty()) << command;
  return known[key] = std::move(bytes);
}

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  if (pipe == nullptr) return out;
  char buffer[1 << 16];
  size_t n = 0;
  while ((n = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0) out.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return out;
}

std::string keep(const std::string& name, const Bytes& bytes) {
  const std::string path = folder() + "/" + name;
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  return path;
}

Bytes bytes_of(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

std::unique_ptr<base::ByteSource> source_of(Bytes bytes) {
  return base::memory_source(std::move(bytes));
}

std::string pixels_of(const frame::Frame& f) {
  std::string all;
  const size_t sample = f.format().depth > 8 ? 2 : 1;
  for (int i = 0; i < f.format().planes(); ++i) {
    const frame::PlaneView& p = f.plane(i);
    for (int y = 0; y < p.height; ++y) {
      all.append(reinterpret_cast<const char*>(p.row(y)), static_cast<size_t>(p.width) * sample);
    }
  }
  return all;
}

double difference(const frame::Frame& a, const frame::Frame& b) {
  const frame::PlaneView& p = a.plane(0);
  const frame::PlaneView& q = b.plane(0);
  double sum = 0;
  for (int y = 0; y < p.height; ++y) {
    for (int x = 0; x < p.width; ++x) sum += std::abs(p.row(y)[x] - q.row(y)[x]);
  }
  return sum / p.width / p.height;
}

frame::Frame pattern(int width, int height, int n) {
  frame::FrameBuffer buffer(frame::kWorking, width, height);
  for (int i = 0; i < 3; ++i) {
    const frame::MutablePlaneView p = buffer.plane(i);
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        p.row(y)[x] = static_cast<uint8_t>(16 + (x * 3 + y * (i + 2) + n * 5 + x * y / 16) % 220);
      }
    }
  }
  return std::move(buffer).freeze();
}

}  // namespace rushes::media::testing
