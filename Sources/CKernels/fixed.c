#include "CKernels.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"
#include "fixed_row.h"

// Dense layers in 16-bit fixed point. AVX2 multiplies 16 pairs of 16-bit numbers in one instruction, twice as many as
// floats, and no faster with 8 bits; so this is the fast way that costs no accuracy.
//
// No sum overflows: a row of weights is scaled to a length of at most 2^15, a row of inputs to less than 2^16, so by
// Cauchy and Schwarz every dot product, and every part of one, is below 2^31.

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
#include "fixed_tile.h"

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
