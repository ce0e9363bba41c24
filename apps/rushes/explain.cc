#include <fmt/format.h>

#include <memory>

#include "base/error_catalog.h"
#include "commands.h"
#include "console.h"
#include "numbers.h"

namespace rushes::app {
namespace {

// Breaks lines at spaces.
std::string wrapped(std::string_view text, size_t width) {
  std::string result;
  size_t column = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const size_t length = end - at;
    if (column > 0 && column + 1 + length > width) {
      result += '\n';
      column = 0;
    } else if (column > 0) {
      result += ' ';
      ++column;
    }
    result += text.substr(at, length);
    column += length;
    at = end + 1;
  }
  return result;
}

int explain(const std::string& text) {
  const base::ErrorInfo* info = base::find_error(base::parse_error_number(text));
  if (info == nullptr) {
    base::Error error =
        base::not_found("there is no error \"" + text + "\"; `rushes explain` alone lists them");
    error.number = kUsage;
    Console().error(error);
    return base::exit_code(error.code);
  }
  constexpr size_t kWidth = 80;
  print(fmt::format("{}: {}\n\n{}\n", code_text(info->number, info->warns), info->title,
                    wrapped(info->explanation, kWidth)));
  return 0;
}

int list() {
  std::string text;
  for (const base::ErrorInfo& info : base::error_catalog()) {
    text += fmt::format("{}  {}\n", code_text(info.number, info.warns), info.title);
  }
  print(text);
  return 0;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("explain", "Say more about an error or a warning");
  command->footer("example:\n  rushes explain E0120");
  auto text = std::make_shared<std::string>();
  command->add_option("NUMBER", *text, "its number: E0120, W0180 or 120; all are listed without");
  command->callback(
      [text, &action] { action = [text] { return text->empty() ? list() : explain(*text); }; });
}

}  // namespace rushes::app
