#pragma once

// libass and its messages. For this layer's own files.

#include <ass/ass.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "schema/program.h"
#include "text/owned.h"

namespace rushes::text {

using AssTrack = Owned<ASS_Track, ass_free_track>;

// Takes no fonts from scripts. What libass says is kept, each message once. Stays where it is made.
class AssLibrary {
 public:
  static base::Result<std::unique_ptr<AssLibrary>> open();
  ASS_Library* get() const { return library_.get(); }
  void add(std::string message);
  // Told of already, by whoever knows better.
  void add_missing(const std::vector<char32_t>& glyphs);
  std::vector<std::string> take_messages() { return std::exchange(fresh_, {}); }

 private:
  static void on_message(int level, const char* format, va_list args, void* self);
  std::set<std::string> seen_;
  std::vector<std::string> fresh_;
  std::set<char32_t> missing_;
  Owned<ASS_Library, ass_library_done> library_;
};

// `text` is a script in UTF-8.
base::Result<AssTrack> read_track(const AssLibrary& library, const std::string& text);
// The script's lines and what its header says, with no memory of having been shown.
base::Result<AssTrack> track_of(const AssLibrary& library, const schema::Script& script);

}  // namespace rushes::text
