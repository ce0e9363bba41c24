#pragma once

// The look of letters: "style" objects and the named "styles".

#include <string>
#include <vector>

#include "schema/program.h"
#include "timeline/context.h"

namespace rushes::timeline {

// `node` is the name of a style, an object, or nothing.
schema::TextStyle text_style(Context& context, const Node& node);

std::vector<std::string> font_families(const Node& node);
int font_weight(const Node& node, int fallback);
std::optional<schema::TextStyle::Background> text_background(const Context& context,
                                                             const Node& node);

}  // namespace rushes::timeline
