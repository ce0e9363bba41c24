#pragma once

// What a task is to the code that does the work. That code (a Runner) runs in the jailed child:
// it has these descriptors and nothing else. It cannot open a path, reach a host or start a
// program; font files come from the broker through find_fonts, and what it says goes through
// EventSink. docs/formats/task.md lists the kinds of task with their params, inputs and outputs.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "schema/diagnostic.h"
#include "text/font_finder.h"

namespace rushes::engine {

class RemoteChannel;

// A regular file, not empty, open for reading only; the descriptor lives as long as the task. Or an
// object in a store, of one version.
struct InputFile {
  std::string name;  // the key in the task's "inputs": "timeline", "program", "input:0"
  int fd = -1;
  std::shared_ptr<RemoteChannel> remote;  // instead of a descriptor
  uint64_t size = 0;
  std::string path;      // openable in the jail only, for libraries that need one (fonts); or empty
  std::string hash;      // of its content, if the task asked for "hashes"
  std::string identity;  // of the file, not of its content: for later tasks to insist on

  // For one reader. It must not outlive the task.
  base::Result<std::unique_ptr<base::ByteSource>> open() const;
};

// An input that the broker could not open, in a task that asked to be told ("partial").
struct MissingInput {
  std::string name;
  base::Error error;
};

// An empty temporary file, open for reading and writing. The broker gives it its final name when
// the runner has returned ok, and removes it otherwise; the runner neither syncs nor closes it.
// Or an object in a store, which is uploaded while it is written: nearly from front to end, see
// store/object_sink.h.
struct OutputFile {
  std::string name;  // the key in the task's "outputs"
  int fd = -1;
  std::shared_ptr<RemoteChannel> remote;  // instead of a descriptor

  // One at a time. It must not outlive the task.
  std::unique_ptr<base::ByteSink> open() const;
};

// A font file that the jail lets libraries open by `path` (read only; see virtual_files.h).
struct FontFile {
  std::string path;    // openable in the jail only: "/proc/self/fd/9"
  std::string file;    // where it lies on this machine, for the program and for messages
  std::string family;  // first family name, as far as the broker knows it
  std::string hash;    // XXH3-128 of the content, 32 hex digits
  uint64_t size = 0;
  int index = 0;  // face within a collection
  int fd = -1;
};

// What the broker's text::FontFinder answers. A family that is not installed is an error of the
// call (kNotFound, with the nearest names), unless request.substitute.
struct FontReply {
  // In the order of text::FontMatch::files. A face given to add_fonts comes back with `path` as it
  // was given and without the rest; installed files are open, and the same file keeps its path.
  std::vector<FontFile> files;
  std::vector<std::string> families;
  std::vector<char32_t> uncovered;
  std::vector<std::string> warnings;
};

// An object of the task's store.
struct StoredFile {
  base::UniqueFd fd;
  uint64_t size = 0;
};

// What a task opens and finishes one by one, when it is needed: inputs and outputs that lie in its
// store, and outputs by path that appear alone. Thread-safe.
class TaskObjects {
 public:
  virtual ~TaskObjects() = default;
  // Empty, to be written.
  virtual base::Result<StoredFile> create(const std::string& output) = 0;
  // What was created is whole: close it first. Does not wait; the broker says so in a "segment"
  // event, or of a file in a "piece" event, to which it adds `about`. What is not committed leaves
  // nothing.
  virtual void commit(const std::string& output, nlohmann::json about) = 0;
  // Waits until there is one, checked.
  virtual base::Result<StoredFile> wait_for(const std::string& input) = 0;

  // What tasks keep of an input for one another, if TaskContext::keeps_derived(): `variant` says in
  // a few printable characters how it was made (engine/derived_service.h has the bounds). An error
  // of these is no reason to fail: it is made anew.
  // Empty: it has to be made. What is found has been checked against its hash, but a task that was
  // taken over may have made it, and may still write to it: trust nothing in it.
  virtual base::Result<std::optional<StoredFile>> find_derived(const std::string& input,
                                                               const std::string& variant) = 0;
  // Empty, to be written, closed, and then committed or dropped before the next one.
  virtual base::Result<StoredFile> create_derived(const std::string& input,
                                                  const std::string& variant) = 0;
  // Neither waits, and nobody is told.
  virtual void commit_derived() = 0;
  virtual void drop_derived() = 0;
};

struct Progress {
  int64_t done = 0;
  int64_t total = 0;       // 0: not known
  std::string_view phase;  // "probe", "render", "audio", "assemble", ...
};

struct Warning {
  int number = 0;     // in base/error_catalog.h; 0: none
  std::string text;   // one line, plain
  std::string place;  // "ad.json:14:22: /tracks/0/clips/3", or empty
};

// Thread-safe. Calls return at once unless the reader is far behind. Nothing here can fail: when
// the broker has gone, so has the child.
class EventSink {
 public:
  virtual ~EventSink() = default;
  // Call it at least once per frame; what is too frequent for a reader is dropped here (never the
  // last one of a phase). Every call also tells the watchdog that the task is alive.
  virtual void progress(const Progress& progress) = 0;
  virtual void warning(const Warning& warning) = 0;
  // One error or warning of a document. All of them are sent before the runner returns its error.
  virtual void diagnostic(const schema::Diagnostic& diagnostic) = 0;
  // Of a run of segments those before number `end` will be rendered, the others are somebody
  // else's.
  virtual void run(int64_t end) = 0;
  // What the task found. At most one; its form is the kind's own.
  virtual void result(nlohmann::json result) = 0;
};

struct TaskContext {
  nlohmann::json task;  // the document, checked for form: "kind" is a string, "params" an object
  std::vector<InputFile> inputs;
  std::vector<MissingInput> missing;
  std::vector<OutputFile> outputs;
  std::vector<FontFile> fonts;  // the files of the task's "fonts", in their order, hashes checked
  // Asks the broker about the fonts installed on this machine. Any thread, one at a time.
  std::function<base::Result<FontReply>(const text::FontRequest&)> find_fonts;
  // Faces of the user's own files, described here in the jail: later requests consider them too.
  std::function<base::Status(const std::vector<text::FontFace>&)> add_fonts;
  TaskObjects& objects;
  EventSink& events;
  const std::atomic<bool>& cancelled;  // look at it at least every 100 ms; return kCancelled
  // Set when half of what has not been begun should be given up; the runner clears it.
  std::atomic<bool>& share;

  std::string kind() const { return task.at("kind").get<std::string>(); }
  const nlohmann::json& params() const { return task.at("params"); }
  bool keeps_derived() const { return task.contains("derived"); }
  // nullptr when the task has none of that name.
  const InputFile* input(std::string_view name) const;
  const OutputFile* output(std::string_view name) const;
};

// Does one task. It may start threads, but joins them before it returns. Exceptions of libraries
// should be caught where they enter; one that gets here becomes kInternal (std::bad_alloc:
// kResource).
using Runner = base::Status (*)(TaskContext&);

}  // namespace rushes::engine
