/* One step of training a network of table units: gather a batch, look it up, learn.

   A table has six pins and 64 contents in [-1, 1]; its output is 1 where the content at the address
   is above 0. The gradient of the output goes straight through to that content. The gradient of a
   pin is the difference that the pin makes in the table at the address, smoothed over the other
   pins. A pin reads the bit of its largest weight; the gradient of a weight is that of the pin times
   2 x - 1 of the bit. Adam moves contents and weights.

   Sums run in one order whatever the processor, so that a seed gives the same network anywhere. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#define PINS 6
#define ENTRIES 64
#define BLOCK 16              /* tables whose weights lie beside each other */
#define LANES (BLOCK * PINS)  /* weights of one bit in a block */

static const float MEAN = .9f, SQUARE = .999f, TINY = 1e-8f, NEAR = .75f;

typedef struct {
    int64_t units;   /* tables, a multiple of BLOCK: those that fill the last block have no gradient */
    int64_t bits;    /* that a pin may read */
    int64_t batch;   /* rows */
    int64_t columns; /* of the data */
    const uint8_t *data;       /* [rows][columns] of 0 and 1 */
    const int32_t *place;      /* [shifts][columns]: the bit that a column is after a shift, or -1 */
    const int32_t *unit_class; /* [units] */
    int32_t *pins;             /* [units][PINS] */
    float *contents, *contents_mean, *contents_square; /* [units][ENTRIES] */
    float *weights, *weights_mean, *weights_square;    /* [units / BLOCK][bits][LANES] */
    uint8_t *batch_bits;       /* [bits][batch] */
    int32_t *on, *on_start;    /* bits that are 1 in each row of the batch, and where each row begins */
    uint8_t *address, *output; /* [units][batch] */
    float *pin_gradient;       /* [batch][LANES] */
    float *sums;               /* [bits][LANES] */
} Network;

/* The bits of some rows, each moved by one of the shifts. */
void gather(Network *n, const int64_t *rows, const uint8_t *shifts)
{
    const int64_t batch = n->batch, columns = n->columns;
    uint8_t *restrict bits = n->batch_bits;
    int32_t *restrict on = n->on, count = 0;
    memset(bits, 0, n->bits * batch);
    for (int64_t b = 0; b < batch; b++) {
        const uint8_t *restrict row = n->data + rows[b] * columns;
        const int32_t *restrict place = n->place + shifts[b] * columns;
        n->on_start[b] = count;
        for (int64_t i = 0; i < columns; i++)
            if (row[i] && place[i] >= 0) {
                on[count++] = place[i];
                bits[place[i] * batch + b] = 1;
            }
    }
    n->on_start[batch] = count;
}

/* The address and the output of each table. */
void look_up(Network *n)
{
    const int64_t batch = n->batch;
    for (int64_t u = 0; u < n->units; u++) {
        uint8_t *restrict address = n->address + u * batch, *restrict output = n->output + u * batch;
        const float *contents = n->contents + u * ENTRIES;
        uint64_t ones = 0;
        for (int a = 0; a < ENTRIES; a++)
            ones |= (uint64_t)(contents[a] > 0) << a;
        memset(address, 0, batch);
        for (int j = 0; j < PINS; j++) {
            const uint8_t *restrict bit = n->batch_bits + n->pins[u * PINS + j] * batch;
            for (int64_t b = 0; b < batch; b++)
                address[b] |= bit[b] << j;
        }
        for (int64_t b = 0; b < batch; b++)
            output[b] = ones >> address[b] & 1;
    }
}

/* What a pin changes at each address, with a quarter of that at each address beside it. */
static void slope_of_pin(const float *contents, int pin, float *slope)
{
    float other[ENTRIES];
    for (int a = 0; a < ENTRIES; a++)
        slope[a] = contents[a | 1 << pin] - contents[a & ~(1 << pin)];
    for (int k = 0; k < PINS; k++) {
        if (k == pin)
            continue;
        for (int a = 0; a < ENTRIES; a++)
            other[a] = NEAR * slope[a] + (1 - NEAR) * slope[a ^ 1 << k];
        memcpy(slope, other, sizeof other);
    }
}

/* The gradients of the pins of one table, into its lanes. */
static void pins_of_table(Network *n, int64_t u, const float *gradient)
{
    const uint8_t *address = n->address + u * n->batch;
    for (int j = 0; j < PINS; j++) {
        float slope[ENTRIES], *lane = n->pin_gradient + u % BLOCK * PINS + j;
        slope_of_pin(n->contents + u * ENTRIES, j, slope);
        for (int64_t b = 0; b < n->batch; b++)
            lane[b * LANES] = gradient[b] * slope[address[b]];
    }
}

static inline void adam(float *value, float *mean, float *square, float gradient, float rate, float root)
{
    *mean = MEAN * *mean + (1 - MEAN) * gradient;
    *square = SQUARE * *square + (1 - SQUARE) * gradient * gradient;
    *value -= rate * *mean / (sqrtf(*square) * root + TINY);
}

static void learn_contents(Network *n, int64_t u, const float *gradient, float rate, float root)
{
    const uint8_t *address = n->address + u * n->batch;
    float sums[ENTRIES] = {0};
    for (int64_t b = 0; b < n->batch; b++)
        sums[address[b]] += gradient[b];
    for (int a = 0; a < ENTRIES; a++) {
        int64_t i = u * ENTRIES + a;
        adam(n->contents + i, n->contents_mean + i, n->contents_square + i, sums[a], rate, root);
        n->contents[i] = fminf(1, fmaxf(-1, n->contents[i]));
    }
}

/* Of each weight of a block the gradient: twice the sum over the rows whose bit is 1, minus all. */
static void sum_over_rows(Network *n, float *all)
{
    memset(all, 0, LANES * sizeof *all);
    memset(n->sums, 0, n->bits * LANES * sizeof *n->sums);
    for (int64_t b = 0; b < n->batch; b++) {
        const float *restrict gradient = n->pin_gradient + b * LANES;
        for (int k = 0; k < LANES; k++)
            all[k] += gradient[k];
        for (int32_t i = n->on_start[b]; i < n->on_start[b + 1]; i++) {
            float *restrict sum = n->sums + (int64_t)n->on[i] * LANES;
            for (int k = 0; k < LANES; k++)
                sum[k] += gradient[k];
        }
    }
}

static void learn_weights(Network *n, int64_t block, float rate, float root)
{
    float all[LANES], largest[LANES];
    sum_over_rows(n, all);
    for (int64_t i = 0; i < n->bits; i++) {
        const float *restrict sum = n->sums + i * LANES;
        int64_t start = (block * n->bits + i) * LANES;
        float *restrict w = n->weights + start;
        float *restrict mean = n->weights_mean + start, *restrict square = n->weights_square + start;
        for (int k = 0; k < LANES; k++)
            adam(w + k, mean + k, square + k, 2 * sum[k] - all[k], rate, root);
    }
    for (int k = 0; k < LANES; k++)
        largest[k] = -INFINITY;
    int32_t *restrict pins = n->pins + block * LANES;
    for (int64_t i = 0; i < n->bits; i++) {
        const float *restrict w = n->weights + (block * n->bits + i) * LANES;
        for (int k = 0; k < LANES; k++) {
            const int larger = w[k] > largest[k];
            largest[k] = larger ? w[k] : largest[k];
            pins[k] = larger ? (int32_t)i : pins[k];
        }
    }
}

/* One step of Adam. `gradient` is that of the scores, [classes][batch]; `rate` holds the correction
   of the mean, `root` that of the square. Weights stay where `choose` is 0. */
void learn(Network *n, const float *gradient, float rate, float root, int choose)
{
    for (int64_t block = 0; block < n->units / BLOCK; block++) {
        for (int64_t u = block * BLOCK; u < (block + 1) * BLOCK; u++) {
            const float *mine = gradient + n->unit_class[u] * n->batch;
            if (choose)
                pins_of_table(n, u, mine);
            learn_contents(n, u, mine, rate, root);
        }
        if (choose)
            learn_weights(n, block, rate, root);
    }
}
