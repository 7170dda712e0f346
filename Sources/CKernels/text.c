#include "CKernels.h"

#include <string.h>

// Text inside JSON strings, for the scan of request bodies: the validity of UTF-8 and the bytes that end a run are found in one pass.

/// Length of the valid UTF-8 sequence at `p` (of 1 to 4 bytes): no overlong forms, no surrogates, nothing beyond U+10FFFF. 0 when
/// there is none.
static size_t sequence_length(const uint8_t *p, size_t count) {
    uint8_t lead = p[0], low = 0x80, high = 0xBF;
    size_t length;
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) length = 2;
    else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    } else return 0;
    if (count < length || p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    return length;
}

static size_t plain_text_end_base(const uint8_t *bytes, size_t count, size_t position) {
    while (position < count) {
        uint8_t byte = bytes[position];
        if (byte == '"' || byte == '\\' || byte < 0x20) return position;
        size_t length = sequence_length(bytes + position, count - position);
        if (length == 0) return count + 1;
        position += length;
    }
    return count;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define TABLE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

// The kinds of errors that two neighbouring bytes can show; each byte of a pair votes by its halves and all three votes must agree.
// After John Keiser and Daniel Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte" (2020).
enum {
    SHORT = 1, LONG = 2, OVERLONG3 = 4, LARGE = 8, SURROGATE = 16, OVERLONG2 = 32, LARGER = 64, OVERLONG4 = 64, TWO = 128,
    CARRY = SHORT | LONG | TWO
};
#define B(x) ((char)(x))

/// Bytes that are wrong in `input`, given the 32 bytes before it. A sequence that goes on behind `input` is not judged.
AVX2 static inline __m256i utf8_errors(__m256i input, __m256i before) {
    const __m256i low_bits = _mm256_set1_epi8(0x0F);
    __m256i joint = _mm256_permute2x128_si256(before, input, 0x21);
    __m256i prev1 = _mm256_alignr_epi8(input, joint, 15);
    __m256i prev2 = _mm256_alignr_epi8(input, joint, 14);
    __m256i prev3 = _mm256_alignr_epi8(input, joint, 13);
    __m256i first_high = _mm256_shuffle_epi8(
        TABLE(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, B(TWO), B(TWO), B(TWO), B(TWO), SHORT | OVERLONG2, SHORT,
              SHORT | OVERLONG3 | SURROGATE, SHORT | LARGE | LARGER | OVERLONG4),
        _mm256_and_si256(_mm256_srli_epi16(prev1, 4), low_bits));
    __m256i first_low = _mm256_shuffle_epi8(
        TABLE(B(CARRY | OVERLONG3 | OVERLONG2 | OVERLONG4), B(CARRY | OVERLONG2), B(CARRY), B(CARRY), B(CARRY | LARGE),
              B(CARRY | LARGE | LARGER), B(CARRY | LARGE | LARGER), B(CARRY | LARGE | LARGER), B(CARRY | LARGE | LARGER),
              B(CARRY | LARGE | LARGER), B(CARRY | LARGE | LARGER), B(CARRY | LARGE | LARGER), B(CARRY | LARGE | LARGER),
              B(CARRY | LARGE | LARGER | SURROGATE), B(CARRY | LARGE | LARGER), B(CARRY | LARGE | LARGER)),
        _mm256_and_si256(prev1, low_bits));
    __m256i second_high = _mm256_shuffle_epi8(
        TABLE(SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, B(LONG | OVERLONG2 | TWO | OVERLONG3 | LARGER | OVERLONG4),
              B(LONG | OVERLONG2 | TWO | OVERLONG3 | LARGE), B(LONG | OVERLONG2 | TWO | SURROGATE | LARGE),
              B(LONG | OVERLONG2 | TWO | SURROGATE | LARGE), SHORT, SHORT, SHORT, SHORT),
        _mm256_and_si256(_mm256_srli_epi16(input, 4), low_bits));
    __m256i pairs = _mm256_and_si256(_mm256_and_si256(first_high, first_low), second_high);
    // The third byte behind a lead of three or four and the fourth behind one of four must be continuations, and only they.
    __m256i third = _mm256_subs_epu8(prev2, _mm256_set1_epi8(0xE0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(prev3, _mm256_set1_epi8(B(0xF0 - 0x80)));
    __m256i needed = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(B(0x80)));
    return _mm256_xor_si256(needed, pairs);
}

AVX2 static size_t plain_text_end_wide(const uint8_t *bytes, size_t count, size_t position) {
    const __m256i quote = _mm256_set1_epi8('"'), slash = _mm256_set1_epi8('\\'), last_control = _mm256_set1_epi8(0x1F);
    const __m256i numbers = _mm256_setr_epi8(
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    __m256i before = _mm256_setzero_si256(), errors = _mm256_setzero_si256();
    int high_before = 0;
    for (;;) {
        uint8_t tail[32];
        size_t here = count - position;
        __m256i input;
        if (here >= 32) {
            here = 32;
            input = _mm256_loadu_si256((const __m256i *)(bytes + position));
        } else {
            memset(tail, '"', sizeof tail);
            memcpy(tail, bytes + position, here);
            input = _mm256_loadu_si256((const __m256i *)tail);
        }
        __m256i ends = _mm256_or_si256(
            _mm256_or_si256(_mm256_cmpeq_epi8(input, quote), _mm256_cmpeq_epi8(input, slash)),
            _mm256_cmpeq_epi8(_mm256_min_epu8(input, last_control), input));
        uint32_t mask = (uint32_t)_mm256_movemask_epi8(ends);
        int high = _mm256_movemask_epi8(input);
        if (mask == 0) {
            if (high | high_before) errors = _mm256_or_si256(errors, utf8_errors(input, before));
            before = input;
            high_before = high;
            position += 32;
            continue;
        }
        // What stands behind the end counts as ASCII, which shows a sequence that breaks off.
        int length = __builtin_ctz(mask);
        if (high | high_before) {
            input = _mm256_and_si256(input, _mm256_cmpgt_epi8(_mm256_set1_epi8((char)length), numbers));
            errors = _mm256_or_si256(errors, utf8_errors(input, before));
        }
        if (!_mm256_testz_si256(errors, errors)) return count + 1;
        return position + (size_t)length;
    }
}
#endif

size_t haneul_plain_text_end(const uint8_t *bytes, size_t count, size_t position) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return plain_text_end_wide(bytes, count, position);
#endif
    return plain_text_end_base(bytes, count, position);
}
