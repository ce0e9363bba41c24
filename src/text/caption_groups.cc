#include "text/caption_groups.h"

#include <algorithm>

#include "text/code_points.h"

namespace rushes::text {
namespace {

constexpr size_t kMaxGroupWords = 64;
constexpr double kNever = 1e300;

class Grouper {
 public:
  Grouper(const CaptionCue& cue, const std::vector<double>& widths, const GroupLimits& limits)
      : words_(cue.words), widths_(widths), limits_(limits) {
    lines_ = static_cast<size_t>(std::max(limits.max_lines, 1));
    most_words_ = limits.max_words > 0
                      ? std::min(static_cast<size_t>(limits.max_words), kMaxGroupWords)
                      : kMaxGroupWords;
    before_.assign(1, 0);
    for (size_t i = 0; i < words_.size(); ++i) {
      before_.push_back(before_.back() + widths_[i] + space_before(i));
      pauses_.push_back(pause_after(words_[i].text));
    }
  }

  // Of words [from, to) on one line.
  double line_width(size_t from, size_t to) const {
    return before_[to] - before_[from] - space_before(from);
  }

  bool line_fits(size_t from, size_t to) const {
    // A word alone always gets its line.
    return to - from == 1 || limits_.width <= 0 || line_width(from, to) <= limits_.width + 0.01;
  }

  size_t lines_needed(size_t from, size_t to) const {
    size_t lines = 1, start = from;
    for (size_t i = from + 1; i < to; ++i) {
      if (line_fits(start, i + 1)) continue;
      ++lines;
      start = i;
    }
    return lines;
  }

  // Empty: it does not fit as it is.
  std::vector<size_t> authored_lines() const {
    std::vector<size_t> starts{0};
    for (size_t i = 1; i < words_.size(); ++i) {
      if (words_[i].line_before) starts.push_back(i);
    }
    if (starts.size() > lines_ || words_.size() > most_words_) return {};
    for (size_t i = 0; i < starts.size(); ++i) {
      if (!line_fits(starts[i], i + 1 < starts.size() ? starts[i + 1] : words_.size())) return {};
    }
    return starts;
  }

  // Ends of groups of the phrase [from, to), by the least total cost.
  std::vector<size_t> split(size_t from, size_t to) const {
    const size_t n = to - from;
    std::vector<double> cost(n + 1, kNever);
    std::vector<size_t> previous(n + 1, 0);
    cost[0] = 0;
    for (size_t i = 0; i < n; ++i) {
      size_t lines = 1, line = from + i;
      for (size_t j = i + 1; j <= n && j - i <= most_words_; ++j) {
        if (!line_fits(line, from + j)) {
          line = from + j - 1;
          if (++lines > lines_) break;
        }
        const double c = cost[i] + group_cost(from + i, from + j, j == n);
        if (c >= cost[j]) continue;
        cost[j] = c;
        previous[j] = i;
      }
    }
    std::vector<size_t> ends;
    for (size_t j = n; j > 0; j = previous[j]) ends.push_back(from + j);
    std::reverse(ends.begin(), ends.end());
    return ends;
  }

  // As few lines as it takes, as even as they get; of equals the one with the longer last line.
  std::vector<size_t> balance(size_t from, size_t to) const {
    const size_t n = to - from, lines = lines_needed(from, to);
    std::vector<std::vector<double>> cost(lines + 1, std::vector<double>(n + 1, kNever));
    std::vector<std::vector<size_t>> previous(lines + 1, std::vector<size_t>(n + 1, 0));
    cost[0][0] = 0;
    for (size_t l = 1; l <= lines; ++l) {
      for (size_t j = l; j <= n; ++j) {
        for (size_t i = j; i-- > l - 1;) {
          if (!line_fits(from + i, from + j)) break;
          const double w = line_width(from + i, from + j);
          const double c = cost[l - 1][i] + w * w;
          if (c >= cost[l][j]) continue;
          cost[l][j] = c;
          previous[l][j] = i;
        }
      }
    }
    std::vector<size_t> starts;
    for (size_t l = lines, j = n; l > 0; --l) starts.push_back(j = previous[l][j]);
    std::reverse(starts.begin(), starts.end());
    return starts;
  }

 private:
  double group_cost(size_t from, size_t to, bool last) const {
    double full = 0;
    if (limits_.width > 0) {
      full = line_width(from, to) / (limits_.width * static_cast<double>(lines_));
    }
    if (limits_.max_words > 0) {
      full = std::max(full, static_cast<double>(to - from) / limits_.max_words);
    }
    const double slack = std::max(1 - full, 0.0);
    return 0.5 + slack * slack - (last ? 0 : pauses_[to - 1]);
  }

  double space_before(size_t i) const {
    return i > 0 && i < words_.size() && words_[i].space_before ? limits_.space : 0;
  }

  static double pause_after(const std::string& word) {
    const std::u32string text = decode_utf8(word);
    static constexpr std::u32string_view kStops = U".!?\u2026\u3002\uFF01\uFF1F";
    static constexpr std::u32string_view kCommas = U",;:\u3001\uFF0C\u061B\u060C";
    if (kStops.find(text.back()) != std::u32string_view::npos) return 0.3;
    if (kCommas.find(text.back()) != std::u32string_view::npos) return 0.12;
    return 0;
  }

  const std::vector<CaptionWord>& words_;
  const std::vector<double>& widths_;
  const GroupLimits& limits_;
  size_t lines_ = 1, most_words_ = 0;
  std::vector<double> before_;  // width of all words before, spaces included
  std::vector<double> pauses_;  // how good a place to end a group
};

// A group is on screen from its first word to the next group's, unless there is a pause between.
void set_times(const CaptionCue& cue, const base::Rational& max_gap,
               std::vector<CaptionGroup>& groups) {
  for (size_t i = 0; i < groups.size(); ++i) {
    CaptionGroup& g = groups[i];
    g.start = g.words.front().start;
    g.end = i + 1 < groups.size() ? groups[i + 1].words.front().start : cue.end;
    const base::Rational spoken = g.words.back().end;
    if (groups.size() > 1 && g.end - spoken > max_gap) g.end = spoken;
  }
  CaptionGroup& first = groups.front();
  if (groups.size() == 1 || first.start - cue.start <= max_gap) first.start = cue.start;
  std::erase_if(groups, [](const CaptionGroup& g) { return g.end <= g.start; });
}

}  // namespace

std::vector<CaptionGroup> group_words(const CaptionCue& cue, const std::vector<double>& widths,
                                      const GroupLimits& limits) {
  const Grouper grouper(cue, widths, limits);
  const size_t n = cue.words.size();
  std::vector<CaptionGroup> groups;
  std::vector<size_t> phrases;  // ends
  for (size_t i = 1; i < n; ++i) {
    const bool pause = cue.timed && cue.words[i].start - cue.words[i - 1].end > limits.max_gap;
    if (pause) phrases.push_back(i);
  }
  phrases.push_back(n);
  const auto authored = phrases.size() == 1 ? grouper.authored_lines() : std::vector<size_t>();
  if (authored.size() > 1) {
    groups.push_back({{}, {}, cue.words, authored});
  } else {
    size_t phrase = 0;
    for (const size_t phrase_end : phrases) {
      size_t from = phrase;
      for (const size_t to : grouper.split(phrase, phrase_end)) {
        groups.push_back({{},
                          {},
                          {cue.words.begin() + static_cast<ptrdiff_t>(from),
                           cue.words.begin() + static_cast<ptrdiff_t>(to)},
                          grouper.balance(from, to)});
        from = to;
      }
      phrase = phrase_end;
    }
  }
  set_times(cue, limits.max_gap, groups);
  return groups;
}

}  // namespace rushes::text
