/* blake2b4.c - BLAKE2b's compression on vectors of four words; AVX2, else nothing. */
#include "apikeyd/engine/blake2b4.h"

#include <stddef.h>

#if defined(__x86_64__)

#define ROUNDS 12
#define WORDS 16 /* of a block, and of the state being mixed */

/* A word of each message. */
typedef uint64_t lanes __attribute__((vector_size(32)));
typedef uint32_t halves __attribute__((vector_size(32)));
typedef uint8_t octets __attribute__((vector_size(32)));
/* The same where it lies among bytes. */
typedef uint64_t row __attribute__((vector_size(32), may_alias));

#define AVX2 __attribute__((target("avx2")))
#define INLINE AVX2 __attribute__((always_inline)) static inline

/* RFC 7693, 2.6 and 2.7. */
static const uint64_t iv[8] = {
	0x6a09e667f3bcc908,
	0xbb67ae8584caa73b,
	0x3c6ef372fe94f82b,
	0xa54ff53a5f1d36f1,
	0x510e527fade682d1,
	0x9b05688c2b3e6c1f,
	0x1f83d9abfb41bd6b,
	0x5be0cd19137e2179,
};

static const uint8_t sigma[ROUNDS][WORDS] = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
	{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
	{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
	{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
	{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
};

/* No key, 32 bytes out, no tree: the parameter block's first word. */
#define PARAMETERS (UINT64_C(0x01010000) | BLAKE2B4_OUT_BYTES)

INLINE lanes all(uint64_t word)
{
	return (lanes){word, word, word, word};
}

INLINE lanes rotate_32(lanes x)
{
	return (lanes)__builtin_shufflevector((halves)x, (halves)x, 1, 0, 3, 2, 5, 4, 7, 6);
}

INLINE lanes rotate_24(lanes x)
{
	return (lanes)__builtin_shufflevector((octets)x, (octets)x, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12,
		13, 14, 15, 8, 9, 10, 19, 20, 21, 22, 23, 16, 17, 18, 27, 28, 29, 30, 31, 24, 25,
		26);
}

INLINE lanes rotate_16(lanes x)
{
	return (lanes)__builtin_shufflevector((octets)x, (octets)x, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11,
		12, 13, 14, 15, 8, 9, 18, 19, 20, 21, 22, 23, 16, 17, 26, 27, 28, 29, 30, 31, 24,
		25);
}

INLINE lanes rotate_63(lanes x)
{
	return (x >> 63) | (x + x);
}

INLINE void mix(lanes v[WORDS], int a, int b, int c, int d, lanes x, lanes y)
{
	v[a] += v[b] + x;
	v[d] = rotate_32(v[d] ^ v[a]);
	v[c] += v[d];
	v[b] = rotate_24(v[b] ^ v[c]);
	v[a] += v[b] + y;
	v[d] = rotate_16(v[d] ^ v[a]);
	v[c] += v[d];
	v[b] = rotate_63(v[b] ^ v[c]);
}

/* Four words of each message, from messages in rows to words in rows. */
INLINE void transpose(const struct blake2b_block in[BLAKE2B4_LANES], size_t at, lanes out[4])
{
	lanes a = *(const row *)&in[0].bytes[at], b = *(const row *)&in[1].bytes[at],
	      c = *(const row *)&in[2].bytes[at], d = *(const row *)&in[3].bytes[at];
	lanes ab_even = __builtin_shufflevector(a, b, 0, 4, 2, 6),
	      ab_odd = __builtin_shufflevector(a, b, 1, 5, 3, 7),
	      cd_even = __builtin_shufflevector(c, d, 0, 4, 2, 6),
	      cd_odd = __builtin_shufflevector(c, d, 1, 5, 3, 7);

	out[0] = __builtin_shufflevector(ab_even, cd_even, 0, 1, 4, 5);
	out[1] = __builtin_shufflevector(ab_odd, cd_odd, 0, 1, 4, 5);
	out[2] = __builtin_shufflevector(ab_even, cd_even, 2, 3, 6, 7);
	out[3] = __builtin_shufflevector(ab_odd, cd_odd, 2, 3, 6, 7);
}

AVX2 void blake2b4(const struct blake2b_block in[BLAKE2B4_LANES],
	uint8_t out[BLAKE2B4_LANES][BLAKE2B4_OUT_BYTES])
{
	lanes m[WORDS], v[WORDS], h;

	for (size_t i = 0; i < WORDS / 4; i++)
		transpose(in, i * sizeof(lanes), &m[i * 4]);
	for (size_t i = 0; i < WORDS; i++)
		v[i] = all(iv[i % 8]);
	v[0] ^= all(PARAMETERS);
	v[12] ^= (lanes){in[0].size, in[1].size, in[2].size, in[3].size};
	v[14] = ~v[14]; /* the last block */
#pragma GCC unroll 12
	for (size_t r = 0; r < ROUNDS; r++) {
		const uint8_t *s = sigma[r];

		mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
		mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
		mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
		mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
		mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
		mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
		mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
		mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
	}
	for (size_t i = 0; i < BLAKE2B4_OUT_BYTES / sizeof(uint64_t); i++) {
		h = all(iv[i] ^ (i == 0 ? PARAMETERS : 0)) ^ v[i] ^ v[i + 8];
		for (size_t lane = 0; lane < BLAKE2B4_LANES; lane++)
			__builtin_memcpy(&out[lane][i * sizeof(uint64_t)], &(uint64_t){h[lane]},
				sizeof(uint64_t));
	}
}

bool blake2b4_available(void)
{
	return __builtin_cpu_supports("avx2");
}

#else

bool blake2b4_available(void)
{
	return false;
}

void blake2b4(const struct blake2b_block in[BLAKE2B4_LANES],
	uint8_t out[BLAKE2B4_LANES][BLAKE2B4_OUT_BYTES])
{
	(void)in;
	(void)out;
}

#endif
