#pragma once

// The FontCatalog of this machine, through fontconfig. It is opened when it is first asked: tasks
// whose fonts are already pinned never pay for it.

#include <optional>

#include "engine/broker.h"

namespace rushes::engine {

class SystemFonts final : public FontCatalog {
 public:
  void add(std::vector<text::FontFace> faces) override;
  base::Result<text::FontMatch> find(const text::FontRequest& request) override;
  base::Result<std::vector<text::FamilyInfo>> list() override;

 private:
  base::Status open();

  std::optional<text::FontFinder> finder_;
  std::vector<text::FontFace> added_;  // before it was opened
};

}  // namespace rushes::engine
