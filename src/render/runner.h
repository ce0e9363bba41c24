#pragma once

// Does one task, start to end, in the jailed process: what rushes-engine runs.
//
//   kind       inputs                         outputs     params
//   probe      media                          -           -
//   compile    timeline, source:0..           program     filename, sources, set, preview,
//                                             container
//   segments   program, input:0..             segment:0.. segments: [{number, first, end}]
//   still      program, input:0..             png         frame
//   hashes     program, input:0..             hashes      first, end, step
//   audio      program, input:0..             audio,      first, end, pieces, whole,
//                                             sound:0..   loudness
//   measure    program, segment:0..           -           first, end, segments
//   assemble   program, segment:0..[, audio]  output      first, end, segments
//   hls        program, segment:0..           header,     first, end, segments
//   hls        audio or sound:0..             piece:0..   objects, pieces
//   inspect    media                          -           fps
//   compare    program, input:0.., output     segment:0.. first, segments: [{number, first, end}]
//   listen     program, input:0..[, output]   -           first, end
//
// In the last three `output` is a rendered file that is verified: compare writes figures into
// segment:N. Else segment:N, audio and sound:N are objects of the task's store; header and piece:N
// are files that appear one by one. docs/formats/task.md tells what each one reports.

#include "engine/task.h"

namespace rushes::render {

base::Status run_task(engine::TaskContext& context);

}  // namespace rushes::render
