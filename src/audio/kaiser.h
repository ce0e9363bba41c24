#pragma once

// The one window of this layer, from + - * / and sqrt alone.

namespace rushes::audio {

// sin(pi x) / (pi x)
double sinc(double x);

// The Kaiser window at -1 <= x <= 1, 1 in the middle; 0 beyond. beta 10.7 puts the stop band of a
// windowed sinc at -106 dB (J. F. Kaiser, 1974: beta = 0.1102 (A - 8.7)).
double kaiser(double x, double beta);

}  // namespace rushes::audio
