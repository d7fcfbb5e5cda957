"""The C++ functions that the lines of a design call: they move bits, and one makes a row of a product."""

from __future__ import annotations

#: In every design.
HELPERS = """\
// The bits HI to LO of x.
template <int HI, int LO, class T> inline ap_uint<HI - LO + 1> bits(const T &x) {
#pragma HLS INLINE
    return x.range(HI, LO);
}

template <int K, class T> inline ap_uint<1> bit(const T &x) {
#pragma HLS INLINE
    return bits<K, K>(x);
}

// All bits of x.
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> inline ap_int<W> code(const ap_fixed<W, I, Q, O, N> &x) {
#pragma HLS INLINE
    return x.range();
}

template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> inline ap_uint<W> code(const ap_ufixed<W, I, Q, O, N> &x) {
#pragma HLS INLINE
    return x.range();
}

// a before b.
template <int A, int B> inline ap_uint<A + B> join(const ap_uint<A> &a, const ap_uint<B> &b) {
#pragma HLS INLINE
    return (ap_uint<A + B>(a) << B) | ap_uint<A + B>(b);
}

template <int W> inline ap_uint<W> flip(const ap_uint<W> &x) {
#pragma HLS INLINE
    return ap_uint<W>(~x);
}

// The number of the format T with the bits of an integer.
template <class T, class C> inline T as(const C &code) {
#pragma HLS INLINE
    T x = 0;
    x.range() = code;
    return x;
}
"""
#: Where a product has rows of its own.
BOOTH = """
// A row of a product: x times the digit -2 to 2 that three bits stand for.
template <int W> inline ap_int<W + 3> booth(const ap_int<W> &x, const ap_uint<3> &digit) {
#pragma HLS INLINE
    return ap_int<3>((digit & 1) + (digit >> 1 & 1) - (digit >> 2 & 1) * 2) * x;
}

// The same without DROP low bits; where the digit is negative, each bit the other way.
template <int DROP, int W> inline ap_int<W + 2> booth_cut(const ap_int<W> &x, const ap_uint<3> &digit) {
#pragma HLS INLINE
    const ap_int<W + 1 + DROP> once = x;
    const ap_int<W + 1 + DROP> twice = once << 1;
    const ap_int<W + 1 + DROP> none = 0;
    const ap_int<W + 1 + DROP> size = digit == 3 || digit == 4 ? twice : digit == 0 || digit == 7 ? none : once;
    const ap_int<W + 2> kept = size >> DROP;
    return digit > 3 && digit < 7 ? ap_int<W + 2>(~kept) : kept;
}
"""
