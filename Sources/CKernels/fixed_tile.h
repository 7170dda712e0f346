#ifndef CKERNELS_FIXED_TILE_H
#define CKERNELS_FIXED_TILE_H

#include <immintrin.h>
#include <string.h>

#include "fixed_row.h"

/// Sums of `count` rows of inputs, a constant, by one panel of 16 outputs.
HANEUL_WIDE HANEUL_INLINE void tile_sums(const int count, const int16_t *x, size_t width, const int16_t *w, __m256i *low, __m256i *high) {
    _Pragma("clang loop unroll(full)") for (int r = 0; r < count; r++) low[r] = high[r] = _mm256_setzero_si256();
    for (size_t k = 0; k < width; k += 2, w += 2 * PANEL) {
        const __m256i w0 = _mm256_loadu_si256((const __m256i *)w), w1 = _mm256_loadu_si256((const __m256i *)(w + 16));
        _Pragma("clang loop unroll(full)") for (int r = 0; r < count; r++) {
            int32_t pair;
            memcpy(&pair, x + (size_t)r * width + k, 4);
            const __m256i v = _mm256_set1_epi32(pair);
            low[r] = _mm256_add_epi32(low[r], _mm256_madd_epi16(v, w0));
            high[r] = _mm256_add_epi32(high[r], _mm256_madd_epi16(v, w1));
        }
    }
}

/// `R` rows of inputs by one panel of 16 outputs.
#define TILE(R)                                                                                                              \
    HANEUL_WIDE static void tile_##R(                                                                                        \
        const int16_t *x, size_t width, const int16_t *w, const float *x_scales, const float *scales, float *out, size_t stride) { \
        __m256i low[R], high[R];                                                                                             \
        tile_sums(R, x, width, w, low, high);                                                                                \
        const __m256 s0 = _mm256_loadu_ps(scales), s1 = _mm256_loadu_ps(scales + 8);                                         \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {                                                     \
            const __m256 s = _mm256_set1_ps(x_scales[r]);                                                                    \
            _mm256_storeu_ps(out + (size_t)r * stride, _mm256_mul_ps(_mm256_cvtepi32_ps(low[r]), _mm256_mul_ps(s, s0)));     \
            _mm256_storeu_ps(out + (size_t)r * stride + 8, _mm256_mul_ps(_mm256_cvtepi32_ps(high[r]), _mm256_mul_ps(s, s1))); \
        }                                                                                                                    \
    }
TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)

typedef void (*tile_function)(const int16_t *, size_t, const int16_t *, const float *, const float *, float *, size_t);
static const tile_function tiles[] = {0, tile_1, tile_2, tile_3, tile_4, tile_5, tile_6};

#endif
