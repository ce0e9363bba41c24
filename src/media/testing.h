#pragma once

// Media for tests, made by the ffmpeg program (at test time only) in a folder of their own.

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "frame/frame.h"

namespace rushes::media::testing {

using Bytes = std::vector<std::byte>;

// The folder, made on first use and removed at exit.
const std::string& folder();

// The file that `ffmpeg -i ... <arguments> <folder>/<name>` makes, made once for a process.
Bytes made(const std::string& name, const std::string& arguments);

// What a command prints.
std::string output_of(const std::string& command);

// Writes it into the folder; returns its path.
std::string keep(const std::string& name, const Bytes& bytes);

Bytes bytes_of(std::string_view text);
std::unique_ptr<base::ByteSource> source_of(Bytes bytes);

// All samples of all planes, rows without padding, one after the other.
std::string pixels_of(const frame::Frame& f);

// Of the samples of two pictures of a size: the mean, over luma.
double difference(const frame::Frame& a, const frame::Frame& b);

// A kWorking picture whose samples depend on x, y and n.
frame::Frame pattern(int width, int height, int n);

// The value of a result, or a failure that names its error. Stops the test.
#define ASSERT_OK_AND_ASSIGN(decl, expr) \
  ASSERT_OK_AND_ASSIGN_INNER(RUSHES_CONCAT(tested_, __LINE__), decl, expr)
#define ASSERT_OK_AND_ASSIGN_INNER(result, decl, expr) \
  auto result = (expr);                                \
  ASSERT_TRUE(result.ok()) << result.error().message;  \
  decl = std::move(result).value()
#define ASSERT_OK(expr)                                 \
  do {                                                  \
    const auto tested = (expr);                         \
    ASSERT_TRUE(tested.ok()) << tested.error().message; \
  } while (false)

}  // namespace rushes::media::testing
