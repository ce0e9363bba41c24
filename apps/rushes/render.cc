#include <memory>

#include "commands.h"
#include "render_job.h"
#include "render_options.h"

namespace rushes::app {

void add_render(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("render", "Render a timeline to a video file");
  command->footer(
      "examples:\n"
      "  rushes render ad.json                             makes ad.mp4\n"
      "  rushes render ad.json -o out/ad.mp4 --set headline=\"Only today\"\n"
      "  rushes render ad.json --preview --frames 0:90     the first 90 frames, small and fast\n"
      "  rushes render ad.json --still 2.5 -o poster.png   the picture at 2.5 s\n"
      "  rushes render ad.json --explain                   what has changed since the last time\n"
      "  rushes render ad.json --verify                    and compares what was written\n"
      "  rushes render ad.json --hls live                  to be watched while it renders\n"
      "  rushes render ad.json --json --progress none      for programs\n"
      "\n"
      "The output appears under its name when it is whole, and replaces a file that is there.\n"
      "Finished pieces are kept: a render that was stopped goes on where it was, and after a\n"
      "change only what shows it is rendered again. See rushes cache.");
  auto options = std::make_shared<RenderOptions>();
  command->add_option("FILE", options->file, "the timeline, or - for stdin")->required();
  command->add_option("-o,--output", options->output,
                      "where to write, ending in .mp4, .mov, .webm, .gif, .m4a or .opus; default: "
                      "the timeline's name with .mp4");
  command
      ->add_option("--set", options->set, "name=value for a variable of the timeline; repeatable")
      ->allow_extra_args(false);
  add_access_options(*command, options->access);
  command->add_flag("--preview", options->preview, "smaller and faster, to look at");
  auto* frames =
      command->add_option("--frames", options->frames,
                          "A:B, frames A up to but not including B; either may be left out");
  command->add_option("--still", options->still, "one picture, at this time in seconds, as PNG")
      ->excludes(frames);
  command
      ->add_flag("--hashes", options->hashes,
                 "a line a frame, \"number time hash\", as text: to compare pictures exactly")
      ->excludes("--still");
  command
      ->add_flag("--plain", options->plain,
                 "with --hashes: drawn slowly, by the plain code that defines every picture")
      ->needs("--hashes");
  command
      ->add_flag("--explain", options->explain,
                 "render nothing; say which pieces would be rendered, and why")
      ->excludes("--still")
      ->excludes("--hashes");
  command
      ->add_option("--hls", options->hls,
                   "a folder, here or in a bucket: what is finished can be watched there as HLS\n"
                   "while the rest renders")
      ->excludes("--still")
      ->excludes("--hashes")
      ->excludes("--explain");
  add_subtitles(*command, *options)->needs("--hls");
  add_verify_options(*command, *options)
      ->excludes("--still")
      ->excludes("--hashes")
      ->excludes("--explain");
  add_render_options(*command, *options);
  command->callback([options, &action] { action = [options] { return render(*options); }; });
}

}  // namespace rushes::app
