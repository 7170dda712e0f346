#include "CKernels.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"

// Dense layers whose weights are 4-bit numbers: -8...8 times a scale for every 32 of a row, as quantized copies of models
// have them. Nothing is lost on the weights; inputs are rounded to 8 bits, with a range for every 128 of a row.
//
// AVX2 multiplies 32 pairs of (unsigned, signed) bytes in one instruction and adds neighbours in 16 bits. With weights as
// small as these a whole block of 32 can be added up in 16 bits (8 * 2 * 255 * 8 < 2^15); only then the sums are widened
// to 32 bits, and that instruction multiplies by the block's scale, a whole number, on the way.

enum { PANEL = 16, BLOCK = 32, RANGE = 128, TILE_ROWS = 6, BLOCK_ROWS = 96, TOP = 8 };
// One block of a panel: 8 steps of 4 inputs by 16 outputs, then 16 scales, each twice, in 16 bits.
enum { BLOCK_BYTES = BLOCK * PANEL + PANEL * 2 * (int)sizeof(int16_t) };

static size_t panels(size_t outputs) { return (outputs + PANEL - 1) / PANEL; }

size_t haneul_narrow_packed_bytes(size_t inputs, size_t outputs) { return panels(outputs) * (inputs / BLOCK) * BLOCK_BYTES; }
size_t haneul_narrow_scale_count(size_t inputs, size_t outputs) { return panels(outputs) * PANEL * (1 + inputs / RANGE); }
size_t haneul_narrow_range_count(size_t inputs) { return 2 * (inputs / RANGE); }

/// The step of a block of weights, 0 when all are zero; negative when they are no multiples of one.
static float step_of(const float *w) {
    float top = 0;
    for (int k = 0; k < BLOCK; k++) top = fabsf(w[k]) > top ? fabsf(w[k]) : top;
    if (!(top > 0)) return 0;
    if (!isfinite(top)) return -1;
    for (int divisor = TOP; divisor > 0; divisor--) {
        const float step = top / (float)divisor;
        int fits = 1;
        for (int k = 0; k < BLOCK && fits; k++) {
            const float q = w[k] / step;
            fits = fabsf(q - rintf(q)) < 1e-4f;
        }
        if (fits) return step;
    }
    return -1;
}

int haneul_narrow_fits(const float *weight, size_t inputs, size_t outputs) {
    if (inputs == 0 || inputs % RANGE != 0) return 0;
    for (size_t block = 0; block < outputs * (inputs / BLOCK); block++)
        if (step_of(weight + block * BLOCK) < 0) return 0;
    return 1;
}

void haneul_narrow_pack(const float *weight, size_t inputs, size_t outputs, int8_t *packed, float *scales) {
    const size_t blocks = inputs / BLOCK, ranges = inputs / RANGE;
    memset(packed, 0, haneul_narrow_packed_bytes(inputs, outputs));
    memset(scales, 0, haneul_narrow_scale_count(inputs, outputs) * sizeof *scales);
    for (size_t n = 0; n < outputs; n++) {
        const float *row = weight + n * inputs;
        float largest = 0;
        for (size_t b = 0; b < blocks; b++) {
            const float step = step_of(row + b * BLOCK);
            largest = step > largest ? step : largest;
        }
        // A range's sum has 4 blocks of at most 32 * 255 * 8, times the scale: below 2^31 with scales up to 8191.
        const float unit = largest / 8191.0f;
        float *panel_scales = scales + n / PANEL * PANEL * (1 + ranges) + n % PANEL;
        panel_scales[0] = unit;
        for (size_t b = 0; b < blocks; b++) {
            int8_t *at = packed + (n / PANEL * blocks + b) * BLOCK_BYTES;
            const float step = step_of(row + b * BLOCK);
            const int16_t factor = unit > 0 ? (int16_t)rintf(step / unit) : 0;
            int total = 0;
            for (size_t k = 0; k < BLOCK; k++) {
                const int q = step > 0 ? (int)rintf(row[b * BLOCK + k] / step) : 0;
                at[k / 4 * 4 * PANEL + n % PANEL * 4 + k % 4] = (int8_t)q;
                total += q;
            }
            int16_t *factors = (int16_t *)(at + BLOCK * PANEL) + n % PANEL * 2;
            factors[0] = factors[1] = factor;
            panel_scales[(1 + b / (RANGE / BLOCK)) * PANEL] += (float)(total * factor);
        }
    }
}

HANEUL_INLINE void haneul_narrow_quantize_body(const float *x, size_t rows, size_t inputs, uint8_t *out, float *ranges) {
    for (size_t r = 0; r < rows * (inputs / RANGE); r++, x += RANGE, out += RANGE, ranges += 2) {
        v8f low = {0}, high = {0};
        for (int k = 0; k < RANGE; k += 8) {
            const v8f v = *(const v8fu *)(x + k);
            const v8i under = v < low, over = v > high;
            low = (v8f)(((v8i)v & under) | ((v8i)low & ~under));
            high = (v8f)(((v8i)v & over) | ((v8i)high & ~over));
        }
        float least = 0, most = 0;
        for (int l = 0; l < 8; l++) {
            least = low[l] < least ? low[l] : least;
            most = high[l] > most ? high[l] : most;
        }
        const float step = (most - least) / 255.0f;
        const float inverse = step > 0 && step < 1e30f ? 1.0f / step : 0;
        ranges[0] = inverse > 0 ? step : 0;
        ranges[1] = inverse > 0 ? least : 0;
        // Adding 2^23 rounds to a whole number, which then is the low byte; the sum is never negative.
        for (int k = 0; k < RANGE; k++) {
            const float v = (x[k] - ranges[1]) * inverse + 8388608.0f;
            uint32_t bits;
            memcpy(&bits, &v, 4);
            out[k] = (uint8_t)bits;
        }
    }
}
HANEUL_KERNEL(
    haneul_narrow_quantize, (const float *x, size_t rows, size_t inputs, uint8_t *out, float *ranges), (x, rows, inputs, out, ranges))

#define MULTIPLY_PARAMETERS                                                                                                  \
    const uint8_t *x, const float *x_ranges, size_t rows, size_t inputs, const int8_t *packed, const float *scales, size_t outputs, \
        float *out, size_t stride

static void multiply_base(MULTIPLY_PARAMETERS) {
    const size_t blocks = inputs / BLOCK, ranges = inputs / RANGE;
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < outputs; n++) {
            const float *panel_scales = scales + n / PANEL * PANEL * (1 + ranges) + n % PANEL;
            float total = 0;
            for (size_t g = 0; g < ranges; g++) {
                int32_t sum = 0;
                for (size_t b = g * (RANGE / BLOCK); b < (g + 1) * (RANGE / BLOCK); b++) {
                    const int8_t *at = packed + (n / PANEL * blocks + b) * BLOCK_BYTES;
                    int32_t part = 0;
                    for (size_t k = 0; k < BLOCK; k++)
                        part += (int32_t)x[r * inputs + b * BLOCK + k] * at[k / 4 * 4 * PANEL + n % PANEL * 4 + k % 4];
                    sum += part * ((const int16_t *)(at + BLOCK * PANEL))[n % PANEL * 2];
                }
                const float *range = x_ranges + (r * ranges + g) * 2;
                total += (float)sum * range[0] + range[1] * panel_scales[(1 + g) * PANEL];
            }
            out[r * stride + n] = total * panel_scales[0];
        }
}

#if defined(__x86_64__)
#include <immintrin.h>

/// Sums are added up one after the other, as written: as a tree, which the compiler prefers, they do not fit the registers.
#define KEEP_IN_REGISTERS(a, b) __asm__("" : "+x"(a), "+x"(b))

/// `R` rows of inputs by one panel of 16 outputs. A block's sums are kept in registers; what they are added to is not.
#define TILE(R)                                                                                                                \
    HANEUL_WIDE static void tile_##R(                                                                                          \
        const uint8_t *x, size_t inputs, const int8_t *w, const float *x_ranges, const float *scales, float *out, size_t stride) { \
        const size_t ranges = inputs / RANGE;                                                                                  \
        __m256 total0[R], total1[R];                                                                                           \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) total0[r] = total1[r] = _mm256_setzero_ps();            \
        for (size_t g = 0; g < ranges; g++) {                                                                                  \
            __m256i wide0[R], wide1[R];                                                                                        \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) wide0[r] = wide1[r] = _mm256_setzero_si256();       \
            for (int b = 0; b < RANGE / BLOCK; b++, w += BLOCK_BYTES, x += BLOCK) {                                            \
                __m256i low[R], high[R];                                                                                       \
                _Pragma("clang loop unroll(full)") for (int k = 0; k < BLOCK / 4; k++) {                                       \
                    const __m256i w0 = _mm256_load_si256((const __m256i *)(w + k * 4 * PANEL));                                \
                    const __m256i w1 = _mm256_load_si256((const __m256i *)(w + k * 4 * PANEL + 32));                           \
                    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {                                           \
                        int32_t four;                                                                                          \
                        memcpy(&four, x + (size_t)r * inputs + k * 4, 4);                                                      \
                        const __m256i v = _mm256_set1_epi32(four);                                                             \
                        const __m256i p0 = _mm256_maddubs_epi16(v, w0), p1 = _mm256_maddubs_epi16(v, w1);                      \
                        low[r] = k == 0 ? p0 : _mm256_add_epi16(low[r], p0);                                                   \
                        high[r] = k == 0 ? p1 : _mm256_add_epi16(high[r], p1);                                                 \
                        KEEP_IN_REGISTERS(low[r], high[r]);                                                                    \
                    }                                                                                                          \
                }                                                                                                              \
                const __m256i f0 = _mm256_load_si256((const __m256i *)(w + BLOCK * PANEL));                                    \
                const __m256i f1 = _mm256_load_si256((const __m256i *)(w + BLOCK * PANEL + 32));                               \
                _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {                                               \
                    wide0[r] = _mm256_add_epi32(wide0[r], _mm256_madd_epi16(low[r], f0));                                      \
                    wide1[r] = _mm256_add_epi32(wide1[r], _mm256_madd_epi16(high[r], f1));                                     \
                }                                                                                                              \
            }                                                                                                                  \
            const __m256 c0 = _mm256_loadu_ps(scales + (1 + g) * PANEL), c1 = _mm256_loadu_ps(scales + (1 + g) * PANEL + 8);   \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {                                                   \
                const __m256 step = _mm256_set1_ps(x_ranges[((size_t)r * ranges + g) * 2]);                                    \
                const __m256 least = _mm256_set1_ps(x_ranges[((size_t)r * ranges + g) * 2 + 1]);                               \
                total0[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(wide0[r]), step, _mm256_fmadd_ps(least, c0, total0[r]));        \
                total1[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(wide1[r]), step, _mm256_fmadd_ps(least, c1, total1[r]));        \
            }                                                                                                                  \
        }                                                                                                                      \
        const __m256 s0 = _mm256_loadu_ps(scales), s1 = _mm256_loadu_ps(scales + 8);                                           \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {                                                       \
            _mm256_storeu_ps(out + (size_t)r * stride, _mm256_mul_ps(total0[r], s0));                                          \
            _mm256_storeu_ps(out + (size_t)r * stride + 8, _mm256_mul_ps(total1[r], s1));                                      \
        }                                                                                                                      \
    }
TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)

typedef void (*tile_function)(const uint8_t *, size_t, const int8_t *, const float *, const float *, float *, size_t);
static const tile_function tiles[] = {0, tile_1, tile_2, tile_3, tile_4, tile_5, tile_6};

static void multiply_wide(MULTIPLY_PARAMETERS) {
    const size_t blocks = inputs / BLOCK, ranges = inputs / RANGE;
    for (size_t first = 0; first < rows; first += BLOCK_ROWS) {
        const size_t end = rows - first < BLOCK_ROWS ? rows : first + BLOCK_ROWS;
        for (size_t n = 0; n < outputs; n += PANEL) {
            const int8_t *w = packed + n / PANEL * blocks * BLOCK_BYTES;
            const float *s = scales + n * (1 + ranges);
            // The next panel comes into the second-level cache while this one is at work.
            const char *next = (const char *)(w + blocks * BLOCK_BYTES), *last = n + PANEL < outputs ? next + blocks * BLOCK_BYTES : next;
            const size_t share = ((size_t)(last - next) * TILE_ROWS / (end - first) + 63) & ~(size_t)63;
            for (size_t r = first; r < end; r += TILE_ROWS) {
                const size_t count = end - r < TILE_ROWS ? end - r : TILE_ROWS;
                for (size_t line = 0; line < share && next < last; line += 64, next += 64) __builtin_prefetch(next, 0, 2);
                if (outputs - n >= PANEL) {
                    tiles[count](x + r * inputs, inputs, w, x_ranges + r * ranges * 2, s, out + r * stride + n, stride);
                } else {
                    float part[TILE_ROWS * PANEL];
                    tiles[count](x + r * inputs, inputs, w, x_ranges + r * ranges * 2, s, part, PANEL);
                    for (size_t i = 0; i < count; i++) memcpy(out + (r + i) * stride + n, part + i * PANEL, (outputs - n) * sizeof(float));
                }
            }
        }
    }
}
#endif

void haneul_narrow_multiply(MULTIPLY_PARAMETERS) {
#if defined(__x86_64__)
    if (haneul_has_wide()) {
        multiply_wide(x, x_ranges, rows, inputs, packed, scales, outputs, out, stride);
        return;
    }
#endif
    multiply_base(x, x_ranges, rows, inputs, packed, scales, outputs, out, stride);
}
