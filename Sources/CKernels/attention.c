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

/// Queries or keys to 16 bits: one row of `size` values.
HANEUL_WIDE static float quantize_row(const float *x, size_t size, float longest, int16_t *out) {
    const float factor = factor_for(x, size, longest);
    for (size_t i = 0; i < size; i++) out[i] = (int16_t)(int32_t)rintf(x[i] * factor);
    return factor > 0 ? 1.0f / factor : 0;
}

/// Keys as the weights of a layer: panels of 16 keys, pairs of their values.
HANEUL_WIDE static void pack_keys(const float *keys, size_t rows, size_t size, size_t stride, int16_t *packed, float *scales) {
    int16_t row[WIDEST_HEAD];
    for (size_t k = 0; k < upto(rows, PANEL); k++) {
        int16_t *panel = packed + k / PANEL * PANEL * size + k % PANEL * 2;
        if (k < rows) scales[k] = quantize_row(keys + k * stride, size, LONGEST_WEIGHTS, row);
        else memset(row, 0, size * sizeof *row), scales[k] = 0;
        for (size_t i = 0; i < size; i += 2) memcpy(panel + i * PANEL, row + i, 4);
    }
}

/// Values as the weights of a layer: panels of 16 columns, pairs of keys.
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
    const size_t width = even(rows);
    for (size_t k = 0; k < width; k += 2) {
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

/// 2^x of numbers from -126 to 0, relative error under 3e-6.
HANEUL_WIDE static inline __m256 power8(__m256 x) {
    const __m256 magic = _mm256_set1_ps(12582912.0f);
    const __m256 shifted = _mm256_add_ps(x, magic), r = _mm256_sub_ps(x, _mm256_sub_ps(shifted, magic));
    __m256 p = _mm256_set1_ps(1.3333558e-3f);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(9.6181291e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(5.5504109e-2f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(2.4022651e-1f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(6.9314718e-1f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f));
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p), _mm256_slli_epi32(_mm256_castps_si256(shifted), 23)));
}

/// Softmax of one row of base-2 scores to 16 bits; returns what one unit is worth. `scores` has room for whole panels,
/// `out` for whole vectors of 16.
HANEUL_WIDE static float soften(float *scores, size_t count, int16_t *out) {
    const size_t padded = upto(count, PANEL);
    for (size_t i = count; i < padded; i++) scores[i] = -INFINITY;
    __m256 top0 = _mm256_loadu_ps(scores), top1 = _mm256_loadu_ps(scores + 8);
    for (size_t i = 16; i < padded; i += 16) {
        top0 = _mm256_max_ps(top0, _mm256_loadu_ps(scores + i));
        top1 = _mm256_max_ps(top1, _mm256_loadu_ps(scores + i + 8));
    }
    top0 = _mm256_max_ps(top0, top1);
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(top0), _mm256_extractf128_ps(top0, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    const __m256 top = _mm256_broadcastss_ps(_mm_max_ss(half, _mm_movehdup_ps(half)));
    const __m256 least = _mm256_set1_ps(-126.0f);
    __m256 sums = _mm256_setzero_ps(), squares = _mm256_setzero_ps();
    for (size_t i = 0; i < padded; i += 8) {
        const __m256 e = power8(_mm256_max_ps(_mm256_sub_ps(_mm256_loadu_ps(scores + i), top), least));
        _mm256_storeu_ps(scores + i, e);
        sums = _mm256_add_ps(sums, e);
        squares = _mm256_fmadd_ps(e, e, squares);
    }
    float s[8], q[8], sum = 0, square = 0;
    _mm256_storeu_ps(s, sums);
    _mm256_storeu_ps(q, squares);
    for (int l = 0; l < 8; l++) sum += s[l], square += q[l];
    const float by_length = (LONGEST_INPUTS - 0.5f * sqrtf((float)padded)) / sqrtf(square);
    const float factor = by_length < 32767.0f ? by_length : 32767.0f;
    const __m256 scale = _mm256_set1_ps(factor);
    for (size_t i = 0; i < padded; i += 16) {
        const __m256i a = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(scores + i), scale));
        const __m256i b = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(scores + i + 8), scale));
        _mm256_storeu_si256((__m256i *)(out + i), _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xD8));
    }
    return 1.0f / (factor * sum);
}

HANEUL_WIDE static void attend_wide(const float *qkv, size_t rows, size_t heads, size_t size, float *out, char *scratch) {
    const size_t width = heads * size, stride = 3 * width, padded = upto(rows, PANEL);
    int16_t *keys = (int16_t *)scratch, *values = keys + padded * size, *shares = values + padded * size;
    float *scores = (float *)(shares + TILE_ROWS * padded), *key_scales = scores + TILE_ROWS * padded;
    float value_scales[WIDEST_HEAD], units[TILE_ROWS];
    int16_t queries[TILE_ROWS * WIDEST_HEAD];
    const float scale = 1.44269504f / sqrtf((float)size);
    for (size_t h = 0; h < heads; h++, qkv += size, out += size) {
        pack_keys(qkv + width, rows, size, stride, keys, key_scales);
        pack_values(qkv + 2 * width, rows, size, stride, values, value_scales);
        for (size_t first = 0; first < rows; first += TILE_ROWS) {
            const size_t count = rows - first < TILE_ROWS ? rows - first : TILE_ROWS;
            const tile_function tile = tiles[count];
            for (size_t r = 0; r < count; r++)
                units[r] = scale * quantize_row(qkv + (first + r) * stride, size, LONGEST_INPUTS, queries + r * size);
            for (size_t k = 0; k < padded; k += PANEL) tile(queries, size, keys + k * size, units, key_scales + k, scores + k, padded);
            for (size_t r = 0; r < count; r++) units[r] = soften(scores + r * padded, rows, shares + r * padded);
            // The tile wants rows of shares as long as the values have keys.
            if (padded != even(rows))
                for (size_t r = 1; r < count; r++) memmove(shares + r * even(rows), shares + r * padded, even(rows) * sizeof *shares);
            for (size_t p = 0; p < size; p += PANEL)
                tile(shares, even(rows), values + p * even(rows), units, value_scales + p, out + first * width + p, width);
        }
    }
}
#endif

size_t haneul_attention_scratch(size_t rows, size_t size) {
    const size_t padded = upto(rows, 16);
    return upto(2 * padded * size * sizeof(int16_t) + 6 * padded * (sizeof(int16_t) + sizeof(float)) + padded * sizeof(float), 64);
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
