#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Numeric kernels. All matrices are row-major. Every function is reentrant, touches only what it is given and picks
// the widest instructions the processor has at run time (AVX2 + FMA, else portable code).

// MARK: Dense layers (dense.c)

/// x = layer_norm(x + bias + residual) * gamma + beta for each of `rows` rows of `width` values.
/// `bias` (one row) and `residual` (as many rows as `x`) may be NULL.
void haneul_add_layer_norm(
    float *x, const float *bias, const float *residual, const float *gamma, const float *beta, size_t rows, size_t width, float epsilon);

/// x = x + bias, row by row; consecutive rows are `stride` values apart.
void haneul_bias_add(float *x, const float *bias, size_t rows, size_t width, size_t stride);

/// x = gelu(x + bias) with the exact error function as in BERT (to float precision), not the tanh approximation.
void haneul_bias_gelu(float *x, const float *bias, size_t rows, size_t width);

/// x = tanh(x + bias).
void haneul_bias_tanh(float *x, const float *bias, size_t rows, size_t width);

/// Softmax of the first `width` values of each row; consecutive rows are `stride` values apart.
void haneul_softmax(float *x, size_t rows, size_t width, size_t stride);

/// out = mean of `rows` rows. `rows` must not be 0.
void haneul_mean_pool(const float *x, size_t rows, size_t width, float *out);

/// Scales to length 1; a vector shorter than 1e-12 is divided by 1e-12, as in PyTorch.
void haneul_l2_normalize(float *x, size_t count);

/// IEEE half precision and bfloat16 to float.
void haneul_half_to_float(const uint16_t *in, float *out, size_t count);
void haneul_bfloat_to_float(const uint16_t *in, float *out, size_t count);

// MARK: Dense layers in 16-bit fixed point (fixed.c)

/// Whether this processor does it faster than floats.
int haneul_fixed_is_fast(void);

/// Values between rows of quantized inputs: `inputs`, rounded up to even.
size_t haneul_fixed_stride(size_t inputs);
/// How many 16-bit values and scales a packed layer has.
size_t haneul_fixed_packed_count(size_t inputs, size_t outputs);
size_t haneul_fixed_scale_count(size_t outputs);

/// Packs a layer's weights (outputs x inputs), with a scale for each output.
void haneul_fixed_pack(const float *weight, size_t inputs, size_t outputs, int16_t *packed, float *scales);

/// Inputs to fixed point, with a scale for each row.
void haneul_fixed_quantize(const float *x, size_t rows, size_t inputs, int16_t *out, float *scales);

/// out = x W^T: rows x outputs, consecutive rows `stride` values apart.
void haneul_fixed_multiply(
    const int16_t *x, const float *x_scales, size_t rows, size_t inputs, const int16_t *packed, const float *scales, size_t outputs, float *out,
    size_t stride);

// MARK: Dense layers of 4-bit weights and 8-bit inputs (narrow.c)

/// Whether every 32 weights of a row are whole numbers from -8 to 8 times one step. `inputs` must be a multiple of 128,
/// else 0.
int haneul_narrow_fits(const float *weight, size_t inputs, size_t outputs);

/// Bytes of the packed weights (to be aligned to 64), floats of their scales, and floats that describe a row of inputs.
size_t haneul_narrow_packed_bytes(size_t inputs, size_t outputs);
size_t haneul_narrow_scale_count(size_t inputs, size_t outputs);
size_t haneul_narrow_range_count(size_t inputs);

/// Packs weights (outputs x inputs) that `haneul_narrow_fits`.
void haneul_narrow_pack(const float *weight, size_t inputs, size_t outputs, int8_t *packed, float *scales);

/// Inputs to 8 bits, with a step and a least value for every 128 of a row.
void haneul_narrow_quantize(const float *x, size_t rows, size_t inputs, uint8_t *out, float *ranges);

/// out = x W^T: rows x outputs, consecutive rows `stride` values apart.
void haneul_narrow_multiply(
    const uint8_t *x, const float *x_ranges, size_t rows, size_t inputs, const int8_t *packed, const float *scales, size_t outputs, float *out,
    size_t stride);

// MARK: Attention (attention.c)

/// Bytes of scratch memory, to be aligned to 64, for a text of `rows` tokens.
size_t haneul_attention_scratch(size_t rows, size_t size);

/// Scaled dot-product attention of one text, each token to all: `qkv` has queries, keys and values of `heads * size` values
/// side by side in each row; `out` gets rows of `heads * size`. In 16-bit fixed point where that is fast and `size` is a
/// multiple of 16 up to 256, else in floats.
void haneul_attention(const float *qkv, size_t rows, size_t heads, size_t size, float *out, void *scratch);

// MARK: Vector search (vectors.c)

/// A row's number and its score.
typedef struct {
    float score;
    uint32_t row;
} haneul_match;

/// out = round(x / scale) with scale = max|x| / 127, so that values lie in -127...127 (never -128, which the dot
/// product does not accept). Returns the scale; 0 for a zero vector.
float haneul_quantize_i8(const float *x, size_t count, int8_t *out);

/// Exact dot product of values in -127...127. `count` up to 100,000.
int32_t haneul_dot_i8(const int8_t *a, const int8_t *b, size_t count);

float haneul_dot_f32(const float *a, const float *b, size_t count);

/// The best `limit` of the rows `begin..<end` by (dot product * row scale * query scale), best first, equal scores by
/// row number.
///
/// - rows: contiguous, `dimension` bytes each; only `begin..<end` are read.
/// - scales: one per row.
/// - allowed: a bitmap, bit `row % 64` of word `row / 64` set for rows to score; NULL for all. 64 rows not allowed
///   cost one comparison.
/// - best: room for `limit` matches.
/// Returns how many were found (`limit` or fewer).
size_t haneul_scan_i8(
    const int8_t *rows, const float *scales, size_t dimension, size_t begin, size_t end, const int8_t *query, float query_scale,
    const uint64_t *allowed, haneul_match *best, size_t limit);

/// The same over float rows.
size_t haneul_scan_f32(
    const float *rows, size_t dimension, size_t begin, size_t end, const float *query, const uint64_t *allowed, haneul_match *best,
    size_t limit);

/// Replaces the scores of `count` matches by exact ones and sorts them again. `vectors[i]` belongs to `matches[i]`.
void haneul_rescore_f32(const float *const *vectors, size_t dimension, const float *query, haneul_match *matches, size_t count);

/// Best first, equal scores by row number.
void haneul_sort_matches(haneul_match *matches, size_t count);

// MARK: Text (text.c)

/// Where the run of plain text from `position` on ends: the first quote, backslash or byte below 0x20, else `count`. `count + 1` when
/// the run is not valid UTF-8 (as RFC 3629 has it) or breaks off inside a character. `position` is at most `count`.
size_t haneul_plain_text_end(const uint8_t *bytes, size_t count, size_t position);

// MARK: Checksums (sha256.c)

typedef struct {
    uint32_t state[8];
    uint64_t length;
    uint8_t block[64];
} haneul_sha256;

void haneul_sha256_init(haneul_sha256 *context);
void haneul_sha256_update(haneul_sha256 *context, const void *bytes, size_t count);
void haneul_sha256_final(haneul_sha256 *context, uint8_t digest[32]);

#ifdef __cplusplus
}
#endif

#endif
