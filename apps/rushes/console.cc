#include "console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "numbers.h"
#include "utf8.h"

namespace rushes::app {
namespace {

constexpr char kRed[] = "\033[1;31m";
constexpr char kYellow[] = "\033[1;33m";
constexpr char kClearLine[] = "\r\033[K";

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

std::string json_line(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

nlohmann::json error_json(const base::Error& error) {
  return {{"type", "error"},
          {"code", code_text(number_of(error), false)},
          {"class", base::name_of(error.code)},
          {"number", number_of(error)},
          {"message", error.message},
          {"exit", exit_status(error)}};
}

nlohmann::json diagnostic_json(const schema::Diagnostic& diagnostic) {
  const bool warning = diagnostic.severity == schema::Severity::kWarning;
  return {{"code", code_text(diagnostic.number, warning)},
          {"number", diagnostic.number},
          {"severity", warning ? "warning" : "error"},
          {"class", base::name_of(diagnostic.code)},
          {"file", diagnostic.file},
          {"line", diagnostic.place.line},
          {"column", diagnostic.place.column},
          {"pointer", diagnostic.pointer},
          {"message", diagnostic.message},
          {"hint", diagnostic.hint}};
}

int exit_status(const base::Error& error) {
  constexpr int kNotVerified = 7;
  return error.number == kVerifyFailed ? kNotVerified : base::exit_code(error.code);
}

int number_of(const base::Error& error) {
  // The first numbers of the catalog are the codes themselves.
  return error.number > 0 ? error.number : static_cast<int>(error.code) + 1;
}

std::string code_text(int number, bool warning) {
  return fmt::format("{}{:04}", warning ? 'W' : 'E', number);
}

std::string printable(std::string_view text) {
  std::string line;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      line += "\n  ";
    } else if (c < 0x20 || c == 0x7f) {
      line += fmt::format("\\x{:02x}", c);
    } else if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      // U+0080 to U+009F, which some terminals take for escapes.
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else if (const size_t length = utf8_length(text.substr(i)); length == 0) {
      line += fmt::format("\\x{:02x}", c);
    } else {
      line += text.substr(i, length);
      i += length - 1;
    }
  }
  return line;
}

Console::Console() {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::strcmp(term, "dumb") == 0;
  terminal_ = isatty(STDERR_FILENO) == 1 && !dumb;
  colors_ = terminal_ && !is_set("NO_COLOR");
}

int Console::columns() const {
  winsize size = {};
  constexpr int kUsual = 80;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

void Console::write(const std::string& text) {
  clear_status();
  std::fwrite(text.data(), 1, text.size(), stderr);
}

std::string Console::colored(const char* color, const std::string& text) const {
  return colors_ ? color + text + "\033[0m" : text;
}

void Console::use_json() {
  json_ = true;
  terminal_ = colors_ = false;
}

void Console::say(const std::string& line) {
  if (!json_) write(printable(line) + "\n");
}

void Console::error(const base::Error& error) {
  if (json_) return write(json_line(error_json(error)));
  write(colored(kRed, "error " + code_text(number_of(error), false)) + ": " +
        printable(error.message) + "\n");
}

void Console::warning(int number, const std::string& text, const std::string& place) {
  if (json_) {
    return write(
        json_line({{"type", "warning"}, {"number", number}, {"text", text}, {"place", place}}));
  }
  const std::string code = number > 0 ? " " + code_text(number, true) : "";
  const std::string where = place.empty() ? "" : printable(place) + ": ";
  write(colored(kYellow, "warning" + code) + ": " + where + printable(text) + "\n");
}

void Console::diagnostic(const schema::Diagnostic& diagnostic) {
  if (json_) {
    nlohmann::json event = diagnostic_json(diagnostic);
    event["type"] = "diagnostic";
    return write(json_line(event));
  }
  write(printable(schema::format(diagnostic)) + "\n");
}

void Console::event(const nlohmann::json& event) { write(json_line(event)); }

void Console::show_status(const std::string& line) {
  if (!terminal_) return;
  std::fprintf(stderr, "%s%s", kClearLine, line.c_str());
  std::fflush(stderr);
  has_status_ = true;
}

void Console::clear_status() {
  if (!has_status_) return;
  std::fputs(kClearLine, stderr);
  has_status_ = false;
}

void print_json(const nlohmann::json& json) {
  print(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void print(std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return;
  // Who reads no more, as `head` does, is told nothing: as if SIGPIPE had ended the program.
  if (errno == EPIPE) std::exit(128 + SIGPIPE);
  const base::Error error = base::from_errno(errno, "writing to stdout");
  Console().error(error);
  std::exit(base::exit_code(error.code));
}

int end_command(Console& console, const base::Status& status, nlohmann::json& report, bool json) {
  report["ok"] = status.ok();
  if (!status.ok()) {
    report["error"] = error_json(status.error());
    console.error(status.error());
  }
  if (json) print_json(report);
  return status.ok() ? 0 : exit_status(status.error());
}

}  // namespace rushes::app
