#include "CKernels.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"

#pragma clang diagnostic ignored "-Wpsabi"

HANEUL_INLINE v8f load8(const float *p) { return *(const v8fu *)p; }
HANEUL_INLINE void store8(float *p, v8f v) { *(v8fu *)p = v; }
HANEUL_INLINE v8f splat(float x) { return (v8f){x, x, x, x, x, x, x, x}; }
HANEUL_INLINE float sum8(v8f v) { return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7])); }
HANEUL_INLINE v8f max8(v8f a, v8f b) {
    v8i m = a > b;
    return (v8f)(((v8i)a & m) | ((v8i)b & ~m));
}
HANEUL_INLINE v8f min8(v8f a, v8f b) {
    v8i m = a < b;
    return (v8f)(((v8i)a & m) | ((v8i)b & ~m));
}

/// e^x with a relative error under 2e-7; x is clamped to -87...88.
HANEUL_INLINE v8f exp8(v8f x) {
    x = min8(max8(x, splat(-87.0f)), splat(88.0f));
    // x = n ln2 + r with |r| <= ln2 / 2: adding 1.5 * 2^23 rounds to the nearest whole number.
    const v8f magic = splat(12582912.0f);
    v8f n = x * splat(1.44269504f) + magic;
    v8i bits = ((v8i)n) << 23;
    n = n - magic;
    v8f r = x - n * splat(0.693359375f);
    r = r - n * splat(-2.12194440e-4f);
    v8f p = splat(1.9875691500e-4f);
    p = p * r + splat(1.3981999507e-3f);
    p = p * r + splat(8.3334519073e-3f);
    p = p * r + splat(4.1665795894e-2f);
    p = p * r + splat(1.6666665459e-1f);
    p = p * r + splat(5.0000001201e-1f);
    p = p * (r * r) + r + splat(1.0f);
    return (v8f)((v8i)p + bits);
}

/// The error function as a rational minimax approximation on -4...4, absolute error under 3e-7.
HANEUL_INLINE v8f erf8(v8f x) {
    x = min8(max8(x, splat(-4.0f)), splat(4.0f));
    v8f s = x * x;
    v8f p = splat(-2.72614225801306e-10f);
    p = p * s + splat(2.77068142495902e-08f);
    p = p * s + splat(-2.10102402082508e-06f);
    p = p * s + splat(-5.69250639462346e-05f);
    p = p * s + splat(-7.34990630326855e-04f);
    p = p * s + splat(-2.95459980854025e-03f);
    p = p * s + splat(-1.60960333262415e-02f);
    v8f q = splat(-1.45660718464996e-05f);
    q = q * s + splat(-2.13374055278905e-04f);
    q = q * s + splat(-1.68282697438203e-03f);
    q = q * s + splat(-7.37332916720468e-03f);
    q = q * s + splat(-1.42647390514189e-02f);
    return x * p / q;
}

HANEUL_INLINE v8f gelu8(v8f x) { return splat(0.5f) * x * (splat(1.0f) + erf8(x * splat(0.70710678f))); }

HANEUL_INLINE void haneul_add_layer_norm_body(
    float *x, const float *bias, const float *residual, const float *gamma, const float *beta, size_t rows, size_t width, float epsilon) {
    const size_t whole = width & ~(size_t)7;
    for (size_t r = 0; r < rows; r++, x += width) {
        const float *add = residual ? residual + r * width : 0;
        v8f total = splat(0);
        float rest = 0;
        for (size_t i = 0; i < whole; i += 8) {
            v8f v = load8(x + i);
            if (bias) v += load8(bias + i);
            if (add) v += load8(add + i);
            store8(x + i, v);
            total += v;
        }
        for (size_t i = whole; i < width; i++) {
            float v = x[i] + (bias ? bias[i] : 0) + (add ? add[i] : 0);
            x[i] = v;
            rest += v;
        }
        const float mean = (sum8(total) + rest) / (float)width;
        v8f squares = splat(0);
        rest = 0;
        for (size_t i = 0; i < whole; i += 8) {
            v8f d = load8(x + i) - splat(mean);
            squares += d * d;
        }
        for (size_t i = whole; i < width; i++) rest += (x[i] - mean) * (x[i] - mean);
        const float inverse = 1.0f / sqrtf((sum8(squares) + rest) / (float)width + epsilon);
        for (size_t i = 0; i < whole; i += 8)
            store8(x + i, (load8(x + i) - splat(mean)) * splat(inverse) * load8(gamma + i) + load8(beta + i));
        for (size_t i = whole; i < width; i++) x[i] = (x[i] - mean) * inverse * gamma[i] + beta[i];
    }
}
HANEUL_KERNEL(
    haneul_add_layer_norm,
    (float *x, const float *bias, const float *residual, const float *gamma, const float *beta, size_t rows, size_t width, float epsilon),
    (x, bias, residual, gamma, beta, rows, width, epsilon))

HANEUL_INLINE void haneul_bias_add_body(float *x, const float *bias, size_t rows, size_t width, size_t stride) {
    for (size_t r = 0; r < rows; r++, x += stride)
        for (size_t i = 0; i < width; i++) x[i] += bias[i];
}
HANEUL_KERNEL(haneul_bias_add, (float *x, const float *bias, size_t rows, size_t width, size_t stride), (x, bias, rows, width, stride))

HANEUL_INLINE void haneul_bias_gelu_body(float *x, const float *bias, size_t rows, size_t width) {
    const size_t whole = width & ~(size_t)7;
    for (size_t r = 0; r < rows; r++, x += width) {
        for (size_t i = 0; i < whole; i += 8) store8(x + i, gelu8(load8(x + i) + load8(bias + i)));
        for (size_t i = whole; i < width; i++) {
            float v = x[i] + bias[i];
            x[i] = 0.5f * v * (1.0f + erff(v * 0.70710678f));
        }
    }
}
HANEUL_KERNEL(haneul_bias_gelu, (float *x, const float *bias, size_t rows, size_t width), (x, bias, rows, width))

void haneul_bias_tanh(float *x, const float *bias, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++, x += width)
        for (size_t i = 0; i < width; i++) x[i] = tanhf(x[i] + bias[i]);
}

HANEUL_INLINE void haneul_softmax_body(float *x, size_t rows, size_t width, size_t stride) {
    const size_t whole = width & ~(size_t)7;
    for (size_t r = 0; r < rows; r++, x += stride) {
        v8f largest = splat(-INFINITY);
        for (size_t i = 0; i < whole; i += 8) largest = max8(largest, load8(x + i));
        float top = -INFINITY;
        for (int l = 0; l < 8; l++) top = largest[l] > top ? largest[l] : top;
        for (size_t i = whole; i < width; i++) top = x[i] > top ? x[i] : top;
        v8f total = splat(0);
        float rest = 0;
        for (size_t i = 0; i < whole; i += 8) {
            v8f e = exp8(load8(x + i) - splat(top));
            store8(x + i, e);
            total += e;
        }
        for (size_t i = whole; i < width; i++) {
            x[i] = expf(x[i] - top);
            rest += x[i];
        }
        const float inverse = 1.0f / (sum8(total) + rest);
        for (size_t i = 0; i < whole; i += 8) store8(x + i, load8(x + i) * splat(inverse));
        for (size_t i = whole; i < width; i++) x[i] *= inverse;
    }
}
HANEUL_KERNEL(haneul_softmax, (float *x, size_t rows, size_t width, size_t stride), (x, rows, width, stride))

HANEUL_INLINE void haneul_mean_pool_body(const float *x, size_t rows, size_t width, float *out) {
    memset(out, 0, width * sizeof(float));
    for (size_t r = 0; r < rows; r++, x += width)
        for (size_t i = 0; i < width; i++) out[i] += x[i];
    const float inverse = 1.0f / (float)rows;
    for (size_t i = 0; i < width; i++) out[i] *= inverse;
}
HANEUL_KERNEL(haneul_mean_pool, (const float *x, size_t rows, size_t width, float *out), (x, rows, width, out))

void haneul_l2_normalize(float *x, size_t count) {
    double squares = 0;
    for (size_t i = 0; i < count; i++) squares += (double)x[i] * x[i];
    double length = sqrt(squares);
    const float inverse = (float)(1.0 / (length > 1e-12 ? length : 1e-12));
    for (size_t i = 0; i < count; i++) x[i] *= inverse;
}

static float half_to_float(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = (h >> 10) & 0x1F, mantissa = h & 0x3FF, bits;
    if (exponent == 31) {
        bits = sign | 0x7F800000u | mantissa << 13;
    } else if (exponent != 0) {
        bits = sign | (exponent + 112) << 23 | mantissa << 13;
    } else {
        // Zero or subnormal: mantissa * 2^-24.
        float value = (float)mantissa * 5.9604644775390625e-08f;
        memcpy(&bits, &value, 4);
        bits |= sign;
    }
    float out;
    memcpy(&out, &bits, 4);
    return out;
}

static void half_to_float_base(const uint16_t *in, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = half_to_float(in[i]);
}

#if defined(__x86_64__)
#include <immintrin.h>
HANEUL_WIDE static void half_to_float_wide(const uint16_t *in, float *out, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(in + i))));
    half_to_float_base(in + i, out + i, count - i);
}
#endif

void haneul_half_to_float(const uint16_t *in, float *out, size_t count) {
#if defined(__x86_64__)
    if (haneul_has_wide()) {
        half_to_float_wide(in, out, count);
        return;
    }
#endif
    half_to_float_base(in, out, count);
}

void haneul_bfloat_to_float(const uint16_t *in, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)in[i] << 16;
        memcpy(out + i, &bits, 4);
    }
}
