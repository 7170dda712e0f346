#include "CKernels.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"

// Dense layers in 16-bit fixed point. AVX2 multiplies 16 pairs of 16-bit numbers in one instruction, twice as many as
// floats, and no faster with 8 bits; so this is the fast way that costs no accuracy.
//
// No sum overflows: a row of weights is scaled to a length of at most 2^15, a row of inputs to less than 2^16, so by
// Cauchy and Schwarz every dot product, and every part of one, is below 2^31.

enum { PANEL = 16, TILE_ROWS = 6, BLOCK_ROWS = 96 };

static const float LONGEST_WEIGHTS = 32768.0f;
static const float LONGEST_INPUTS = 65000.0f;

static size_t even(size_t n) { return (n + 1) & ~(size_t)1; }
static size_t panels(size_t outputs) { return (outputs + PANEL - 1) / PANEL; }

size_t haneul_fixed_stride(size_t inputs) { return even(inputs); }
size_t haneul_fixed_packed_count(size_t inputs, size_t outputs) { return panels(outputs) * PANEL * even(inputs); }
size_t haneul_fixed_scale_count(size_t outputs) { return panels(outputs) * PANEL; }

int haneul_fixed_is_fast(void) {
#if defined(__x86_64__)
    return haneul_has_wide();
#else
    return 0;
#endif
}

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

void haneul_fixed_pack(const float *weight, size_t inputs, size_t outputs, int16_t *packed, float *scales) {
    const size_t pairs = even(inputs) / 2;
    memset(packed, 0, haneul_fixed_packed_count(inputs, outputs) * sizeof *packed);
    memset(scales, 0, haneul_fixed_scale_count(outputs) * sizeof *scales);
    for (size_t n = 0; n < outputs; n++) {
        const float *row = weight + n * inputs;
        const float factor = factor_for(row, inputs, LONGEST_WEIGHTS);
        scales[n] = factor > 0 ? 1.0f / factor : 0;
        int16_t *panel = packed + n / PANEL * PANEL * pairs * 2 + n % PANEL * 2;
        for (size_t k = 0; k < inputs; k++) panel[k / 2 * PANEL * 2 + k % 2] = (int16_t)rintf(row[k] * factor);
    }
}

HANEUL_INLINE void haneul_fixed_quantize_body(const float *x, size_t rows, size_t inputs, int16_t *out, float *scales) {
    const size_t stride = even(inputs);
    for (size_t r = 0; r < rows; r++, x += inputs, out += stride) {
        const float factor = factor_for(x, inputs, LONGEST_INPUTS);
        scales[r] = factor > 0 ? 1.0f / factor : 0;
        for (size_t k = 0; k < inputs; k++) out[k] = (int16_t)(int32_t)rintf(x[k] * factor);
        if (stride > inputs) out[inputs] = 0;
    }
}
HANEUL_KERNEL(
    haneul_fixed_quantize, (const float *x, size_t rows, size_t inputs, int16_t *out, float *scales), (x, rows, inputs, out, scales))

#define MULTIPLY_PARAMETERS                                                                                                   \
    const int16_t *x, const float *x_scales, size_t rows, size_t inputs, const int16_t *packed, const float *scales, size_t outputs, \
        float *out, size_t stride

static void multiply_base(MULTIPLY_PARAMETERS) {
    const size_t width = even(inputs);
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < outputs; n++) {
            const int16_t *panel = packed + n / PANEL * PANEL * width + n % PANEL * 2;
            int32_t total = 0;
            for (size_t k = 0; k < width; k += 2)
                total += (int32_t)x[r * width + k] * panel[k * PANEL] + (int32_t)x[r * width + k + 1] * panel[k * PANEL + 1];
            out[r * stride + n] = (float)total * x_scales[r] * scales[n];
        }
}

#if defined(__x86_64__)
#include <immintrin.h>

/// `R` rows of inputs by one panel of 16 outputs.
#define TILE(R)                                                                                                              \
    HANEUL_WIDE static void tile_##R(                                                                                        \
        const int16_t *x, size_t width, const int16_t *w, const float *x_scales, const float *scales, float *out, size_t stride) { \
        __m256i low[R], high[R];                                                                                             \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) low[r] = high[r] = _mm256_setzero_si256();            \
        for (size_t k = 0; k < width; k += 2, w += 2 * PANEL) {                                                              \
            const __m256i w0 = _mm256_loadu_si256((const __m256i *)w), w1 = _mm256_loadu_si256((const __m256i *)(w + 16));   \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {                                                 \
                int32_t pair;                                                                                                \
                memcpy(&pair, x + (size_t)r * width + k, 4);                                                                 \
                const __m256i v = _mm256_set1_epi32(pair);                                                                   \
                low[r] = _mm256_add_epi32(low[r], _mm256_madd_epi16(v, w0));                                                 \
                high[r] = _mm256_add_epi32(high[r], _mm256_madd_epi16(v, w1));                                               \
            }                                                                                                                \
        }                                                                                                                    \
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

HANEUL_WIDE static void multiply_wide(MULTIPLY_PARAMETERS) {
    const size_t width = even(inputs);
    // Blocks of rows stay in the second-level cache while all panels pass by.
    for (size_t first = 0; first < rows; first += BLOCK_ROWS) {
        const size_t end = rows - first < BLOCK_ROWS ? rows : first + BLOCK_ROWS;
        for (size_t n = 0; n < outputs; n += PANEL) {
            const int16_t *w = packed + n * width;
            for (size_t r = first; r < end; r += TILE_ROWS) {
                const size_t count = end - r < TILE_ROWS ? end - r : TILE_ROWS;
                if (outputs - n >= PANEL) {
                    tiles[count](x + r * width, width, w, x_scales + r, scales + n, out + r * stride + n, stride);
                } else {
                    float part[TILE_ROWS * PANEL];
                    tiles[count](x + r * width, width, w, x_scales + r, scales + n, part, PANEL);
                    for (size_t i = 0; i < count; i++) memcpy(out + (r + i) * stride + n, part + i * PANEL, (outputs - n) * sizeof(float));
                }
            }
        }
    }
}
#endif

void haneul_fixed_multiply(MULTIPLY_PARAMETERS) {
#if defined(__x86_64__)
    if (haneul_has_wide()) {
        multiply_wide(x, x_scales, rows, inputs, packed, scales, outputs, out, stride);
        return;
    }
#endif
    multiply_base(x, x_scales, rows, inputs, packed, scales, outputs, out, stride);
}
