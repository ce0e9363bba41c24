#pragma once

// What people see. Data goes to stdout, everything else to stderr; colours and moving lines only
// where stderr is a terminal that takes them.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/diagnostic.h"

namespace rushes::app {

// The catalog's number of an error: its own, or that of its code (1 to 9).
int number_of(const base::Error& error);
// 7 for an output that was verified and failed; else by its code.
int exit_status(const base::Error& error);
std::string code_text(int number, bool warning);  // "E0102", "W0180"

// Text of others (file names, metadata, library messages) as one line of UTF-8, without control
// characters.
std::string printable(std::string_view text);

class Console {
 public:
  Console();

  // One JSON object a line from here on, in the form of docs/formats/events.md; say() is silent.
  void use_json();
  bool json() const { return json_; }

  bool terminal() const { return terminal_; }  // stderr can show a moving line
  int columns() const;

  void say(const std::string& line);  // to stderr
  void error(const base::Error& error);
  void warning(int number, const std::string& text, const std::string& place);
  void diagnostic(const schema::Diagnostic& diagnostic);
  void event(const nlohmann::json& event);  // as one line of JSON

  // A line at the bottom that is overwritten by the next one and by whatever else is said. Only on
  // a terminal.
  void show_status(const std::string& line);
  void clear_status();

 private:
  void write(const std::string& text);
  std::string colored(const char* color, const std::string& text) const;

  bool terminal_ = false;
  bool colors_ = false;
  bool json_ = false;
  bool has_status_ = false;
};

nlohmann::json error_json(const base::Error& error);
nlohmann::json diagnostic_json(const schema::Diagnostic& diagnostic);

// Writes all of it, or ends the program with status 1 (a closed pipe ends it silently).
void print(std::string_view text);
void print_json(const nlohmann::json& json);

// How a command with a report ends: "ok" and "error" are filled in, the report is printed if
// `json`, an error is told. Returns the exit status.
int end_command(Console& console, const base::Status& status, nlohmann::json& report, bool json);

}  // namespace rushes::app
