#pragma once
#include <zlib.h>

/* The two initialisers are macros in zlib.h, which Swift does not see. */
static inline int perch_inflate_init(z_streamp stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}
static inline int perch_deflate_init(z_streamp stream, int level, int window_bits) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
}
