#include "CKernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch.h"

// MARK: Dot products

static int32_t dot_i8_base(const int8_t *a, const int8_t *b, size_t count) {
    int32_t total = 0;
    for (size_t i = 0; i < count; i++) total += (int32_t)a[i] * b[i];
    return total;
}

static float dot_f32_base(const float *a, const float *b, size_t count) {
    float lanes[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (int l = 0; l < 8; l++) lanes[l] += a[i + l] * b[i + l];
    float total = ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
    for (; i < count; i++) total += a[i] * b[i];
    return total;
}

#if defined(__x86_64__)
#include <immintrin.h>

/// |a| * sign(b, a): the unsigned by signed product of neighbouring pairs stays within 2 * 127 * 127 < 2^15.
HANEUL_WIDE static inline __m256i dot32(__m256i a, __m256i b, __m256i total) {
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
    return _mm256_add_epi32(total, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

HANEUL_WIDE static inline int32_t sum_i32(__m256i v) {
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1));
    return _mm_cvtsi128_si32(s);
}

HANEUL_WIDE static inline int32_t dot_i8_wide(const int8_t *a, const int8_t *b, size_t count) {
    __m256i t0 = _mm256_setzero_si256(), t1 = t0;
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        t0 = dot32(_mm256_loadu_si256((const __m256i *)(a + i)), _mm256_loadu_si256((const __m256i *)(b + i)), t0);
        t1 = dot32(_mm256_loadu_si256((const __m256i *)(a + i + 32)), _mm256_loadu_si256((const __m256i *)(b + i + 32)), t1);
    }
    for (; i + 32 <= count; i += 32)
        t0 = dot32(_mm256_loadu_si256((const __m256i *)(a + i)), _mm256_loadu_si256((const __m256i *)(b + i)), t0);
    return sum_i32(_mm256_add_epi32(t0, t1)) + (i < count ? dot_i8_base(a + i, b + i, count - i) : 0);
}

HANEUL_WIDE static inline float dot_f32_wide(const float *a, const float *b, size_t count) {
    __m256 t0 = _mm256_setzero_ps(), t1 = t0, t2 = t0, t3 = t0;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        t0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), t0);
        t1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), t1);
        t2 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 16), _mm256_loadu_ps(b + i + 16), t2);
        t3 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 24), _mm256_loadu_ps(b + i + 24), t3);
    }
    for (; i + 8 <= count; i += 8) t0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), t0);
    __m256 t = _mm256_add_ps(_mm256_add_ps(t0, t1), _mm256_add_ps(t2, t3));
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(t), _mm256_extractf128_ps(t, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    s = _mm_add_ss(s, _mm_movehdup_ps(s));
    float total = _mm_cvtss_f32(s);
    for (; i < count; i++) total += a[i] * b[i];
    return total;
}
#endif

int32_t haneul_dot_i8(const int8_t *a, const int8_t *b, size_t count) {
#if defined(__x86_64__)
    if (haneul_has_wide()) return dot_i8_wide(a, b, count);
#endif
    return dot_i8_base(a, b, count);
}

float haneul_dot_f32(const float *a, const float *b, size_t count) {
#if defined(__x86_64__)
    if (haneul_has_wide()) return dot_f32_wide(a, b, count);
#endif
    return dot_f32_base(a, b, count);
}

float haneul_quantize_i8(const float *x, size_t count, int8_t *out) {
    float largest = 0;
    for (size_t i = 0; i < count; i++) {
        float a = fabsf(x[i]);
        largest = a > largest ? a : largest;
    }
    if (!(largest > 0) || !isfinite(largest)) {
        memset(out, 0, count);
        return 0;
    }
    const float inverse = 127.0f / largest;
    for (size_t i = 0; i < count; i++) {
        float v = rintf(x[i] * inverse);
        v = v > 127.0f ? 127.0f : v;
        v = v < -127.0f ? -127.0f : v;
        out[i] = v == v ? (int8_t)v : 0;
    }
    return largest / 127.0f;
}

// MARK: The best k

/// Whether `a` is worse than `b`.
static inline int worse(haneul_match a, haneul_match b) { return a.score < b.score || (a.score == b.score && a.row > b.row); }

/// Restores the heap (the worst match at the root) below `p`.
static void sift(haneul_match *heap, size_t p, size_t count) {
    haneul_match moved = heap[p];
    for (;;) {
        size_t child = 2 * p + 1;
        if (child >= count) break;
        if (child + 1 < count && worse(heap[child + 1], heap[child])) child++;
        if (!worse(heap[child], moved)) break;
        heap[p] = heap[child];
        p = child;
    }
    heap[p] = moved;
}

/// Offers a match to a heap of at most `limit`; returns the new count.
static inline size_t offer(haneul_match *heap, size_t count, size_t limit, float score, uint32_t row) {
    haneul_match match = {score, row};
    if (count < limit) {
        heap[count++] = match;
        if (count == limit)
            for (size_t p = count / 2; p-- > 0;) sift(heap, p, count);
    } else if (worse(heap[0], match)) {
        heap[0] = match;
        sift(heap, 0, count);
    }
    return count;
}

static int compare(const void *a, const void *b) {
    const haneul_match *x = a, *y = b;
    return worse(*y, *x) ? -1 : worse(*x, *y) ? 1 : 0;
}

void haneul_sort_matches(haneul_match *matches, size_t count) { qsort(matches, count, sizeof *matches, compare); }

// MARK: Scans

/// Runs `score` for every allowed row of `begin..<end`, jumping over words of the bitmap without any bit.
#define SCAN(score)                                                                          \
    size_t found = 0;                                                                        \
    if (limit == 0) return 0;                                                                \
    if (!allowed) {                                                                          \
        for (size_t row = begin; row < end; row++) found = offer(best, found, limit, (score), (uint32_t)row); \
    } else {                                                                                 \
        for (size_t first = begin & ~(size_t)63; first < end; first += 64) {                 \
            uint64_t word = allowed[first / 64];                                             \
            if (first < begin) word &= ~(uint64_t)0 << (begin - first);                      \
            if (end - first < 64) word &= ((uint64_t)1 << (end - first)) - 1;                \
            for (; word; word &= word - 1) {                                                 \
                size_t row = first + (size_t)__builtin_ctzll(word);                          \
                found = offer(best, found, limit, (score), (uint32_t)row);                   \
            }                                                                                \
        }                                                                                    \
    }                                                                                        \
    haneul_sort_matches(best, found);                                                        \
    return found;

#define SCAN_PARAMETERS_I8                                                                                              \
    const int8_t *rows, const float *scales, size_t dimension, size_t begin, size_t end, const int8_t *query, float query_scale, \
        const uint64_t *allowed, haneul_match *best, size_t limit
#define SCAN_PARAMETERS_F32                                                                                 \
    const float *rows, size_t dimension, size_t begin, size_t end, const float *query, const uint64_t *allowed, \
        haneul_match *best, size_t limit

static size_t scan_i8_base(SCAN_PARAMETERS_I8) {
    SCAN((float)dot_i8_base(rows + row * dimension, query, dimension) * scales[row] * query_scale)
}
static size_t scan_f32_base(SCAN_PARAMETERS_F32) { SCAN(dot_f32_base(rows + row * dimension, query, dimension)) }

#if defined(__x86_64__)
HANEUL_WIDE static size_t scan_i8_wide(SCAN_PARAMETERS_I8) {
    SCAN((float)dot_i8_wide(query, rows + row * dimension, dimension) * scales[row] * query_scale)
}
HANEUL_WIDE static size_t scan_f32_wide(SCAN_PARAMETERS_F32) { SCAN(dot_f32_wide(rows + row * dimension, query, dimension)) }
#endif

size_t haneul_scan_i8(SCAN_PARAMETERS_I8) {
#if defined(__x86_64__)
    if (haneul_has_wide()) return scan_i8_wide(rows, scales, dimension, begin, end, query, query_scale, allowed, best, limit);
#endif
    return scan_i8_base(rows, scales, dimension, begin, end, query, query_scale, allowed, best, limit);
}

size_t haneul_scan_f32(SCAN_PARAMETERS_F32) {
#if defined(__x86_64__)
    if (haneul_has_wide()) return scan_f32_wide(rows, dimension, begin, end, query, allowed, best, limit);
#endif
    return scan_f32_base(rows, dimension, begin, end, query, allowed, best, limit);
}

void haneul_rescore_f32(const float *const *vectors, size_t dimension, const float *query, haneul_match *matches, size_t count) {
    for (size_t i = 0; i < count; i++) matches[i].score = haneul_dot_f32(vectors[i], query, dimension);
    haneul_sort_matches(matches, count);
}
