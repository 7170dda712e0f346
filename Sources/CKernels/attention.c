#include "CKernels.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"

// Attention of one text, head by head, in 16-bit fixed point where that is fast: keys and values are packed like the
// weights of two dense layers, and the scores of a few queries never leave the first-level cache.

#pragma clang diagnostic ignored "-Wpsabi"

static size_t upto(size_t n, size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/// In floats, with scores of one query at a time.
static void attend_base(const float *qkv, size_t rows, size_t heads, size_t size, float *out, float *scores) {
    const size_t width = heads * size, stride = 3 * width;
    const float scale = 1.0f / sqrtf((float)size);
    for (size_t h = 0; h < heads; h++)
        for (size_t r = 0; r < rows; r++) {
            const float *q = qkv + r * stride + h * size;
            for (size_t k = 0; k < rows; k++) scores[k] = scale * haneul_dot_f32(q, qkv + k * stride + width + h * size, size);
            haneul_softmax(scores, 1, rows, rows);
            float *o = out + r * width + h * size;
            memset(o, 0, size * sizeof(float));
            for (size_t k = 0; k < rows; k++) {
                const float *v = qkv + k * stride + 2 * width + h * size;
                for (size_t d = 0; d < size; d++) o[d] += scores[k] * v[d];
            }
        }
}

#if defined(__x86_64__)
#include "fixed_tile.h"

enum { WIDEST_HEAD = 256 };

/// What makes a vector of length `sqrt(square)` as long as a row of weights may be, with a place for rounding; 0 when it has no
/// direction.
static float factor_of(float square, size_t size) {
    return square > 1e-30f && square < INFINITY ? (LONGEST_WEIGHTS - 1 - 0.5f * sqrtf((float)size)) / sqrtf(square) : 0;
}

/// The square of a query's or key's length. `size` is a multiple of 16.
HANEUL_WIDE static inline float square_of(const float *x, size_t size) {
    __m256 squares = _mm256_setzero_ps();
    for (size_t i = 0; i < size; i += 8) {
        const __m256 v = _mm256_loadu_ps(x + i);
        squares = _mm256_fmadd_ps(v, v, squares);
    }
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(squares), _mm256_extractf128_ps(squares, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

/// A query or key times `factor` in 16 bits.
HANEUL_WIDE static inline void round_row(const float *x, size_t size, float factor, int16_t *out) {
    const __m256 scale = _mm256_set1_ps(factor);
    for (size_t i = 0; i < size; i += 16) {
        const __m256i a = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + i), scale));
        const __m256i b = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + i + 8), scale));
        _mm256_storeu_si256((__m256i *)(out + i), _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xD8));
    }
}

/// Keys as the weights of a layer: panels of 16 keys, pairs of their values, all with the scale of the longest. Returns what
/// one unit is worth.
HANEUL_WIDE static float pack_keys(const float *keys, size_t rows, size_t size, size_t stride, int16_t *packed) {
    float longest = 0;
    for (size_t k = 0; k < rows; k++) {
        const float square = square_of(keys + k * stride, size);
        longest = square > longest ? square : longest;
    }
    const float factor = factor_of(longest, size);
    int16_t row[WIDEST_HEAD];
    for (size_t k = 0; k < upto(rows, PANEL); k++) {
        int16_t *panel = packed + k / PANEL * PANEL * size + k % PANEL * 2;
        if (k < rows) round_row(keys + k * stride, size, factor, row);
        else memset(row, 0, size * sizeof *row);
        for (size_t i = 0; i < size; i += 2) memcpy(panel + i * PANEL, row + i, 4);
    }
    return factor > 0 ? 1.0f / factor : 0;
}

/// Values as the weights of a layer: panels of 16 columns, pairs of keys, of which there is a multiple of 16.
HANEUL_WIDE static void pack_values(const float *values, size_t rows, size_t size, size_t stride, int16_t *packed, float *scales) {
    float squares[WIDEST_HEAD] = {0}, tops[WIDEST_HEAD] = {0}, factors[WIDEST_HEAD];
    for (size_t k = 0; k < rows; k++) {
        const float *v = values + k * stride;
        for (size_t d = 0; d < size; d++) {
            const float a = fabsf(v[d]);
            squares[d] += a * a;
            tops[d] = a > tops[d] ? a : tops[d];
        }
    }
    for (size_t d = 0; d < size; d++) {
        const float by_length = (LONGEST_WEIGHTS - 0.5f * sqrtf((float)rows)) / sqrtf(squares[d]), by_top = 32767.0f / tops[d];
        const float factor = tops[d] > 0 && isfinite(squares[d]) ? (by_length < by_top ? by_length : by_top) : 0;
        factors[d] = factor;
        scales[d] = factor > 0 ? 1.0f / factor : 0;
    }
    const size_t width = upto(rows, PANEL);
    for (size_t p = 0; p < size; p += PANEL) memset(packed + p * width + even(rows) * PANEL, 0, (width - even(rows)) * PANEL * sizeof *packed);
    for (size_t k = 0; k < rows; k += 2) {
        const float *a = values + k * stride, *b = k + 1 < rows ? a + stride : 0;
        for (size_t p = 0; p < size; p += PANEL) {
            int16_t *pairs = packed + p * width + k * PANEL;
            for (size_t d = 0; d < PANEL; d++) {
                pairs[2 * d] = (int16_t)(int32_t)rintf(a[p + d] * factors[p + d]);
                pairs[2 * d + 1] = b ? (int16_t)(int32_t)rintf(b[p + d] * factors[p + d]) : 0;
            }
        }
    }
}

/// Scores of `R` queries and a panel of keys, as they are added up.
#define SCORE(R)                                                                                                             \
    HANEUL_WIDE static void score_##R(const int16_t *queries, size_t size, const int16_t *keys, int32_t *scores, size_t stride) { \
        __m256i low[R], high[R];                                                                                             \
        tile_sums(R, queries, size, keys, low, high);                                                                        \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {                                                     \
            _mm256_storeu_si256((__m256i *)(scores + (size_t)r * stride), low[r]);                                           \
            _mm256_storeu_si256((__m256i *)(scores + (size_t)r * stride + 8), high[r]);                                      \
        }                                                                                                                    \
    }
SCORE(1) SCORE(2) SCORE(3) SCORE(4) SCORE(5) SCORE(6)

typedef void (*score_function)(const int16_t *, size_t, const int16_t *, int32_t *, size_t);
static const score_function score[] = {0, score_1, score_2, score_3, score_4, score_5, score_6};

/// 2^15 times 2^-(x / 4096) of 16 unsigned 16-bit numbers, relative error under 2e-4 before it is rounded.
HANEUL_WIDE static inline __m256i halve16(__m256i x) {
    // 2^15 times the power of the fraction, as 1 - t (a - t (b - t c)), which is 1 at 0 and 1/2 at 1; a little less, so that the
    // largest x, which stands for all beyond it, becomes 0.
    const __m256i t = _mm256_slli_epi16(x, 4);
    __m256i p = _mm256_sub_epi16(_mm256_set1_epi16(7575), _mm256_mulhi_epu16(t, _mm256_set1_epi16(1298)));
    p = _mm256_sub_epi16(_mm256_set1_epi16(22662), _mm256_mulhi_epu16(t, p));
    p = _mm256_sub_epi16(_mm256_set1_epi16(32764), _mm256_mulhi_epu16(t, p));
    // The whole part n as 2^(15 - n): its high byte is found at n, its low byte at n - 8; no byte is found below 0 or from 8 on.
    const __m256i twice = _mm256_setr_epi8(
        1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15, 1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
    const __m256i powers = _mm256_setr_epi8(
        -128, 64, 32, 16, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, -128, 64, 32, 16, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i n = _mm256_sub_epi8(_mm256_shuffle_epi8(_mm256_srli_epi16(x, 4), twice), _mm256_set1_epi16(8));
    // 2^15 is -2^15 in 16 bits.
    return _mm256_abs_epi16(_mm256_mulhrs_epi16(p, _mm256_shuffle_epi8(powers, n)));
}

/// The best of a row of scores, which has room for whole panels.
HANEUL_WIDE static inline int32_t best_of(int32_t *scores, size_t count) {
    const size_t padded = upto(count, PANEL);
    for (size_t i = count; i < padded; i++) scores[i] = INT32_MIN;
    __m256i low = _mm256_loadu_si256((const __m256i *)scores), high = _mm256_loadu_si256((const __m256i *)(scores + 8));
    for (size_t i = PANEL; i < padded; i += PANEL) {
        low = _mm256_max_epi32(low, _mm256_loadu_si256((const __m256i *)(scores + i)));
        high = _mm256_max_epi32(high, _mm256_loadu_si256((const __m256i *)(scores + i + 8)));
    }
    low = _mm256_max_epi32(low, high);
    __m128i best = _mm_max_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
    best = _mm_max_epi32(best, _mm_shuffle_epi32(best, 0x4E));
    return _mm_cvtsi128_si32(_mm_max_epi32(best, _mm_shuffle_epi32(best, 0xB1)));
}

/// 2^15 times two to the power of how far each score is below the best, in scores of which `unit` is worth one; zeros up to a
/// whole panel. Returns their sum.
HANEUL_WIDE static inline int32_t raise(const int32_t *scores, size_t count, int32_t best, float unit, int16_t *out) {
    const float step = unit * 4096;
    const __m256 steps = _mm256_set1_ps(step), start = _mm256_set1_ps((float)best * step), end = _mm256_set1_ps(65535);
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sums = _mm256_setzero_si256();
    for (size_t i = 0; i < count; i += PANEL) {
        const __m256 a = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(scores + i)));
        const __m256 b = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(scores + i + 8)));
        // What is no number becomes the second operand of the minimum.
        const __m256i c = _mm256_cvtps_epi32(_mm256_min_ps(_mm256_fnmadd_ps(a, steps, start), end));
        const __m256i d = _mm256_cvtps_epi32(_mm256_min_ps(_mm256_fnmadd_ps(b, steps, start), end));
        const __m256i shares = halve16(_mm256_permute4x64_epi64(_mm256_packus_epi32(c, d), 0xD8));
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(shares, ones));
        _mm256_storeu_si256((__m256i *)(out + i), shares);
    }
    if (count % PANEL != 0) {
        static const int16_t mask[2 * PANEL] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
        __m256i *at = (__m256i *)(out + count - count % PANEL);
        const __m256i shares = _mm256_loadu_si256(at);
        const __m256i kept = _mm256_and_si256(shares, _mm256_loadu_si256((const __m256i *)(mask + PANEL - count % PANEL)));
        sums = _mm256_sub_epi32(sums, _mm256_madd_epi16(_mm256_sub_epi16(shares, kept), ones));
        _mm256_storeu_si256(at, kept);
    }
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1)));
}

/// Softmax of a few rows of scores to 16 bits; both have whole panels. `units`: what one unit of a row's scores is worth, to base
/// 2; afterwards what one of its shares is. Shares under 2^-15 of the largest are none. Every step is taken for all rows
/// before the next, so that the processor need not wait for one row's end.
HANEUL_WIDE static void soften(int32_t *scores, size_t rows, size_t count, float *units, int16_t *out) {
    const size_t stride = upto(count, PANEL);
    int32_t best[TILE_ROWS], sums[TILE_ROWS];
    int16_t factors[TILE_ROWS];
    for (size_t r = 0; r < rows; r++) best[r] = best_of(scores + r * stride, count);
    for (size_t r = 0; r < rows; r++) sums[r] = raise(scores + r * stride, count, best[r], units[r], out + r * stride);
    for (size_t r = 0; r < rows; r++) {
        // No share is above 2^15, so the square of their length is at most 2^15 times their sum.
        const float length = sqrtf(32768.0f * (float)sums[r]), factor = (LONGEST_INPUTS - 0.5f * sqrtf((float)stride)) / length;
        factors[r] = (int16_t)(factor < 32767.0f / 32768 ? factor * 32768 : 32767);
        units[r] = sums[r] > 0 ? 32768.0f / ((float)factors[r] * (float)sums[r]) : 0;
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < stride; i += PANEL) {
            __m256i *at = (__m256i *)(out + r * stride + i);
            _mm256_storeu_si256(at, _mm256_mulhrs_epi16(_mm256_loadu_si256(at), _mm256_set1_epi16(factors[r])));
        }
}

HANEUL_WIDE static void attend_wide(const float *qkv, size_t rows, size_t heads, size_t size, float *out, char *scratch) {
    const size_t width = heads * size, stride = 3 * width, padded = upto(rows, PANEL);
    int16_t *keys = (int16_t *)scratch, *values = keys + padded * size, *shares = values + padded * size;
    int32_t *scores = (int32_t *)(shares + TILE_ROWS * padded);
    float value_scales[WIDEST_HEAD], units[TILE_ROWS];
    int16_t queries[TILE_ROWS * WIDEST_HEAD];
    for (size_t h = 0; h < heads; h++, qkv += size, out += size) {
        const float key_unit = pack_keys(qkv + width, rows, size, stride, keys) * 1.44269504f / sqrtf((float)size);
        pack_values(qkv + 2 * width, rows, size, stride, values, value_scales);
        for (size_t first = 0; first < rows; first += TILE_ROWS) {
            const size_t count = rows - first < TILE_ROWS ? rows - first : TILE_ROWS;
            for (size_t r = 0; r < count; r++) {
                const float *query = qkv + (first + r) * stride;
                const float factor = factor_of(square_of(query, size), size);
                units[r] = factor > 0 ? key_unit / factor : 0;
                round_row(query, size, factor, queries + r * size);
            }
            for (size_t k = 0; k < padded; k += PANEL) score[count](queries, size, keys + k * size, scores + k, padded);
            soften(scores, count, rows, units, shares);
            for (size_t p = 0; p < size; p += PANEL)
                tiles[count](shares, padded, values + p * padded, units, value_scales + p, out + first * width + p, width);
        }
    }
}
#endif

size_t haneul_attention_scratch(size_t rows, size_t size) {
    const size_t padded = upto(rows, 16);
    return upto(2 * padded * size * sizeof(int16_t) + 6 * padded * (sizeof(int16_t) + sizeof(int32_t)), 64);
}

void haneul_attention(const float *qkv, size_t rows, size_t heads, size_t size, float *out, void *scratch) {
    if (rows == 0) return;
#if defined(__x86_64__)
    if (haneul_has_wide() && size % PANEL == 0 && size <= WIDEST_HEAD) {
        attend_wide(qkv, rows, heads, size, out, scratch);
        return;
    }
#endif
    attend_base(qkv, rows, heads, size, out, scratch);
}
