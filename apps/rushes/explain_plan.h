#pragma once

// `rushes render --explain`: which pieces a render would reuse, and why the others have to be made.

#include <nlohmann/json.hpp>
#include <string>

#include "render_plan.h"
#include "store/file_store.h"

namespace rushes::app {

// Lines to read; the same goes into "explain" and "explain_sound" of `report`. `name`: as of
// remember_render.
std::string explain_plan(const store::FileStore& store, const std::string& name,
                         const RenderPlan& plan, nlohmann::json& report);

}  // namespace rushes::app
