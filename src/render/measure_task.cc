// How large encoded segments are, what they ask of a decoder's buffer, and how like they are to
// what they were made of, for whoever settles their quality. It may run while they are still being
// made.

#include "plan/buffer.h"
#include "render/encoded_quality.h"
#include "render/files.h"
#include "render/tasks.h"
#include "render/tracks.h"

namespace rushes::render {
namespace {

using base::Result;
using base::Status;

nlohmann::json json_of(const plan::BufferUse& use) {
  return {{"need", use.need}, {"gain", use.gain}, {"most", use.most}};
}

Result<nlohmann::json> measured(engine::TaskContext& context, const std::string& name,
                                const std::optional<plan::Buffer>& buffer) {
  ASSIGN_OR_RETURN(const auto object, PacketObject::open(context, name));
  plan::BufferUse use = buffer ? buffer->none() : plan::BufferUse{};
  while (true) {
    ASSIGN_OR_RETURN(const auto packet, object->reader().next());
    if (!packet) break;
    if (buffer) buffer->add(use, packet->data.size());
  }
  nlohmann::json out = {{"bytes", object->reader().data_bytes()}};
  if (buffer) out["buffer"] = json_of(use);
  if (const auto ssim = noted_ssim(object->reader().notes())) out["ssim"] = *ssim;
  return out;
}

}  // namespace

Status measure_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  const std::optional<plan::Buffer> buffer = plan::buffer_of(program);
  nlohmann::json list = nlohmann::json::array();
  const auto segments = context.params().value("segments", nlohmann::json::array());
  for (const auto& segment : segments) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    const std::string name = "segment:" + std::to_string(segment.value("number", int64_t{-1}));
    ASSIGN_OR_RETURN(nlohmann::json one, measured(context, name, buffer));
    list.push_back(std::move(one));
    context.events.progress(
        {static_cast<int64_t>(list.size()), static_cast<int64_t>(segments.size()), "measure"});
  }
  context.events.result({{"segments", std::move(list)}});
  return {};
}

}  // namespace rushes::render
