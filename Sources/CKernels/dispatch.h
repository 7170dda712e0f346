#ifndef CKERNELS_DISPATCH_H
#define CKERNELS_DISPATCH_H

// A kernel is written once as an always-inlined body on 8-lane vectors; `HANEUL_KERNEL` compiles it for AVX2 + FMA and
// for the baseline and chooses at run time. Without wide registers the compiler splits the lanes itself.

typedef float v8f __attribute__((vector_size(32)));
typedef int32_t v8i __attribute__((vector_size(32)));
typedef float v8fu __attribute__((vector_size(32), aligned(4)));

#define HANEUL_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define HANEUL_WIDE __attribute__((target("avx2,fma,f16c")))
static inline int haneul_has_wide(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}
#define HANEUL_KERNEL(name, parameters, arguments)                 \
    HANEUL_WIDE static void name##_wide parameters { name##_body arguments; } \
    static void name##_base parameters { name##_body arguments; }  \
    void name parameters {                                         \
        if (haneul_has_wide()) name##_wide arguments;              \
        else name##_base arguments;                                \
    }
#else
#define HANEUL_KERNEL(name, parameters, arguments) \
    void name parameters { name##_body arguments; }
#endif

#endif
