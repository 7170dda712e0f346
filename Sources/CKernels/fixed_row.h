#ifndef CKERNELS_FIXED_ROW_H
#define CKERNELS_FIXED_ROW_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "dispatch.h"

// What `fixed.c` and `attention.c` share: how rows are scaled to 16 bits.
//
// No sum overflows: a row of weights is scaled to a length of at most 2^15, a row of inputs to less than 2^16, so by
// Cauchy and Schwarz every dot product, and every part of one, is below 2^31.

enum { PANEL = 16, TILE_ROWS = 6, BLOCK_ROWS = 96 };

static const float LONGEST_WEIGHTS = 32768.0f;
static const float LONGEST_INPUTS = 65000.0f;

static size_t even(size_t n) { return (n + 1) & ~(size_t)1; }
/// The factor that makes a row as long as it may be without a value above 32767.
HANEUL_INLINE float factor_for(const float *x, size_t count, float longest) {
    float lanes[8] = {0}, tops[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (int l = 0; l < 8; l++) {
            float v = x[i + l], a = fabsf(v);
            lanes[l] += v * v;
            tops[l] = a > tops[l] ? a : tops[l];
        }
    float squares = 0, top = 0;
    for (int l = 0; l < 8; l++) {
        squares += lanes[l];
        top = tops[l] > top ? tops[l] : top;
    }
    for (; i < count; i++) {
        squares += x[i] * x[i];
        top = fabsf(x[i]) > top ? fabsf(x[i]) : top;
    }
    if (!(squares > 0) || !(top > 0) || !isfinite(squares)) return 0;
    // Rounding adds at most half a unit per value to the length.
    float by_length = (longest - 0.5f * sqrtf((float)count)) / sqrtf(squares), by_top = 32767.0f / top;
    return by_length < by_top ? by_length : by_top;
}

#endif
