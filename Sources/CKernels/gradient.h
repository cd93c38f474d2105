// The kernels of training, written once like those of vector.h and included after pack.h.

// ---- Products ----

// One tile of c: `rows` rows, `columns` registers; the last register holds `part` numbers.
INLINE void NAME(product_tile)(const int rows, const int columns, const int64_t part,
                               const muninn_product_call *call, int64_t row, int64_t column) {
  VEC acc[12][4];
  const float *a = call->a + row * call->a_row, *b = call->b + column;
  float *c = call->c + row * call->c_stride + column;
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int i = 0; i < columns; i++) {
      const float *at = c + r * call->c_stride + i * LANES;
      if (!call->accumulates) acc[r][i] = (VEC){0};
      else acc[r][i] = part == LANES ? NAME(load)(at) : NAME(load_part)(at, part);
    }
  for (int64_t k = 0; k < call->depth; k++) {
    VEC v[4];
    UNROLL for (int i = 0; i < columns; i++)
      v[i] = part == LANES ? NAME(load)(b + i * LANES) : NAME(load_part)(b + i * LANES, part);
    UNROLL for (int r = 0; r < rows; r++) {
      const VEC x = NAME(all)(a[r * call->a_row]);
      UNROLL for (int i = 0; i < columns; i++) acc[r][i] = NAME(fma)(x, v[i], acc[r][i]);
    }
    a += call->a_step;
    b += call->b_stride;
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int i = 0; i < columns; i++) {
      float *at = c + r * call->c_stride + i * LANES;
      if (part == LANES) NAME(store)(at, acc[r][i]);
      else NAME(store_part)(at, acc[r][i], part);
    }
}

#define PRODUCT_ROWS(ROWS)                                                             \
  for (; row + ROWS <= call->rows; row += ROWS)                                         \
    NAME(product_tile)(ROWS, columns, part, call, row, column);

INLINE void NAME(product_columns)(const int columns, const int64_t part,
                                  const muninn_product_call *call, int64_t column) {
  int64_t row = 0;
#if TOKENS > 6
  PRODUCT_ROWS(12)
#endif
  PRODUCT_ROWS(6)
  PRODUCT_ROWS(3)
  PRODUCT_ROWS(1)
}

static TARGET void NAME(matrix_product)(const muninn_product_call *call) {
  int64_t column = 0;
  for (; column + 2 * LANES <= call->columns; column += 2 * LANES)
    NAME(product_columns)(2, LANES, call, column);
  for (; column + LANES <= call->columns; column += LANES)
    NAME(product_columns)(1, LANES, call, column);
  if (column < call->columns) NAME(product_columns)(1, call->columns - column, call, column);
}

// ---- Gradients of weights ----

// Nearest bfloat16 in the upper half of each lane; what is not a number stays so.
INLINE BITS NAME(nearest)(BITS v) {
  BITS special = (BITS)((v & 0x7f800000u) == 0x7f800000u);
  return NAME(select_bits)(special, v, v + 0x7fffu + (v >> 16 & 1));
}

static TARGET void NAME(pack_rows)(const float *x, int64_t stride, int64_t tokens, int64_t columns,
                                   void *out) {
  const int64_t pairs = (tokens + 1) / 2;
  for (int64_t t = 0; t < pairs; t++) {
    const float *first = x + 2 * t * stride, *second = first + stride;
    const int alone = 2 * t + 1 == tokens;
    for (int64_t column = 0; column < (columns + 31) / 32 * 32; column += LANES) {
      BITS *to = (BITS *)((uint32_t *)out + (column / 32 * pairs + t) * 32 + column % 32);
      const int64_t left = columns - column;
      BITS low = {0}, high = {0};
      if (left >= LANES) {
        low = (BITS)NAME(load)(first + column);
        if (!alone) high = (BITS)NAME(load)(second + column);
      } else if (left > 0) {
        low = (BITS)NAME(load_part)(first + column, left);
        if (!alone) high = (BITS)NAME(load_part)(second + column, left);
      }
      *to = NAME(nearest)(low) >> 16 | (NAME(nearest)(high) & 0xffff0000u);
    }
  }
}

// One tile of c: 4 rows of a panel of a against one panel of b.
INLINE void NAME(outer_tile)(const muninn_outer_call *call, int64_t row, int64_t column,
                             const int start) {
  VEC acc[4][2];
  UNROLL for (int r = 0; r < 4; r++)
    UNROLL for (int i = 0; i < 2; i++) acc[r][i] = (VEC){0};
  const uint32_t *a = (const uint32_t *)call->a + row / 32 * call->pairs * 32 + row % 32;
  const uint32_t *b = (const uint32_t *)call->b + column / 32 * call->pairs * 32 + start;
  for (int64_t k = 0; k < call->pairs; k++, a += 32, b += 32) {
    VEC low[2], high[2];
    UNROLL for (int i = 0; i < 2; i++) {
      BITS pair = *(const BITS *)(b + i * LANES);
      low[i] = (VEC)(pair << 16);
      high[i] = (VEC)(pair & 0xffff0000u);
    }
    UNROLL for (int r = 0; r < 4; r++) {
      BITS pair = (BITS){0} + a[r];
      VEC even = (VEC)(pair << 16), odd = (VEC)(pair & 0xffff0000u);
      UNROLL for (int i = 0; i < 2; i++) acc[r][i] = NAME(fma)(even, low[i], acc[r][i]);
      UNROLL for (int i = 0; i < 2; i++) acc[r][i] = NAME(fma)(odd, high[i], acc[r][i]);
    }
  }
  for (int r = 0; r < 4 && row + r < call->rows; r++)
    for (int i = 0; i < 2; i++) {
      float *c = call->c + (row + r) * call->c_stride + column + start + i * LANES;
      const int64_t left = call->columns - (column + start + i * LANES);
      if (left >= LANES) NAME(store)(c, NAME(load)(c) + acc[r][i]);
      else if (left > 0) NAME(store_part)(c, NAME(load_part)(c, left) + acc[r][i], left);
    }
}

static TARGET void NAME(outer)(const muninn_outer_call *call) {
  for (int64_t column = 0; column < call->columns; column += 32)
    for (int start = 0; start < 32; start += 2 * LANES)
      for (int64_t row = 0; row < call->rows; row += 4)
        NAME(outer_tile)(call, row, column, start);
}

// ---- Norm, gate, loss ----

static TARGET void NAME(rms_norm_gradient)(const float *x, const float *weight, float epsilon,
                                           const float *dy, float *dx, int32_t accumulates,
                                           float *dweight, int64_t count) {
  VEC squares = {0}, dots = {0};
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    VEC v = NAME(load)(x + i);
    squares = NAME(fma)(v, v, squares);
    dots = NAME(fma)(NAME(load)(weight + i) * NAME(load)(dy + i), v, dots);
  }
  if (i < count) {
    VEC v = NAME(load_part)(x + i, count - i);
    squares = NAME(fma)(v, v, squares);
    dots = NAME(fma)(NAME(load_part)(weight + i, count - i) * NAME(load_part)(dy + i, count - i), v,
                     dots);
  }
  const float scale = 1 / sqrtf(NAME(sum)(squares) / (float)count + epsilon);
  const float pull = NAME(sum)(dots) * scale * scale / (float)count;
  for (i = 0; i < count; i += LANES) {
    const int64_t left = count - i;
    const int whole = left >= LANES;
    VEC v = whole ? NAME(load)(x + i) : NAME(load_part)(x + i, left);
    VEC g = whole ? NAME(load)(weight + i) : NAME(load_part)(weight + i, left);
    VEC d = whole ? NAME(load)(dy + i) : NAME(load_part)(dy + i, left);
    VEC w = whole ? NAME(load)(dweight + i) : NAME(load_part)(dweight + i, left);
    VEC result = (g * d - v * pull) * scale;
    if (accumulates) result += whole ? NAME(load)(dx + i) : NAME(load_part)(dx + i, left);
    w += d * v * scale;
    if (whole) {
      NAME(store)(dx + i, result);
      NAME(store)(dweight + i, w);
    } else {
      NAME(store_part)(dx + i, result, left);
      NAME(store_part)(dweight + i, w, left);
    }
  }
}

static TARGET void NAME(silu_multiply_gradient)(const float *gate, const float *up, const float *dy,
                                                float *dgate, float *dup, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    const int64_t left = count - i;
    const int whole = left >= LANES;
    VEC g = whole ? NAME(load)(gate + i) : NAME(load_part)(gate + i, left);
    VEC u = whole ? NAME(load)(up + i) : NAME(load_part)(up + i, left);
    VEC d = whole ? NAME(load)(dy + i) : NAME(load_part)(dy + i, left);
    VEC sigmoid = 1.0f / (NAME(exp)(-g) + 1.0f);
    VEC silu = g * sigmoid;
    VEC slope = NAME(fma)(silu, 1.0f - sigmoid, sigmoid);
    VEC a = d * u * slope, b = d * silu;
    if (whole) {
      NAME(store)(dgate + i, a);
      NAME(store)(dup + i, b);
    } else {
      NAME(store_part)(dgate + i, a, left);
      NAME(store_part)(dup + i, b, left);
    }
  }
}

static TARGET double NAME(cross_entropy)(const float *x, int64_t target, float factor, float *dx,
                                         int64_t count) {
  const float most = NAME(maximum)(x, count);
  double sum = 0;
  for (int64_t start = 0; start < count; start += 64 * LANES) {
    VEC part = {0};
    for (int64_t i = start; i < start + 64 * LANES && i < count; i += LANES) {
      const int64_t left = count - i;
      VEC e = NAME(exp)((left >= LANES ? NAME(load)(x + i) : NAME(load_part)(x + i, left)) - most);
      if (left >= LANES) {
        NAME(store)(dx + i, e);
      } else {
        NAME(store_part)(dx + i, e, left);
        e = NAME(load_part)(dx + i, left);
      }
      part += e;
    }
    sum += NAME(sum)(part);
  }
  const VEC share = NAME(all)((float)(factor / sum));
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) NAME(store)(dx + i, NAME(load)(dx + i) * share);
  for (; i < count; i++) dx[i] *= share[0];
  dx[target] -= factor;
  return log(sum) + (double)most - (double)x[target];
}

static TARGET void NAME(add)(const float *x, float *y, int64_t count) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) NAME(store)(y + i, NAME(load)(y + i) + NAME(load)(x + i));
  for (; i < count; i++) y[i] += x[i];
}

// ---- Attention ----

// The rows of a matrix as columns; columns from `rows` up to `stride` are zero.
INLINE void NAME(transpose)(const float *x, int64_t x_stride, int64_t rows, int64_t columns,
                            float *out, int64_t stride) {
  int64_t r = 0;
  for (; r + LANES <= rows; r += LANES) {
    int64_t c = 0;
    for (; c + LANES <= columns; c += LANES) {
      BITS a[LANES], b[LANES];
      UNROLL for (int i = 0; i < LANES; i++) a[i] = *(const BITS *)(x + (r + i) * x_stride + c);
      UNROLL for (int round = 1; round < LANES; round *= 2) {
        UNROLL for (int i = 0; i < LANES / 2; i++) {
          b[2 * i] = __builtin_shufflevector(a[i], a[i + LANES / 2], LOWS);
          b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + LANES / 2], HIGHS);
        }
        UNROLL for (int i = 0; i < LANES; i++) a[i] = b[i];
      }
      UNROLL for (int i = 0; i < LANES; i++) *(BITS *)(out + (c + i) * stride + r) = a[i];
    }
    for (; c < columns; c++)
      for (int64_t i = 0; i < LANES; i++) out[c * stride + r + i] = x[(r + i) * x_stride + c];
  }
  for (int64_t c = 0; c < columns; c++)
    for (int64_t i = r; i < stride; i++) out[c * stride + i] = i < rows ? x[i * x_stride + c] : 0;
}

// Probabilities of one query from its scores, and from their gradient that of the scores.
INLINE void NAME(softmax_gradient)(float *p, float *d, int64_t seen, int64_t columns, float scale) {
  VEC most = NAME(all)(-INFINITY);
  for (int64_t j = 0; j < columns; j += LANES) {
    VEC s = NAME(load)(p + j) * scale;
    if (j + LANES > seen) {
      NAME(store)(p + j, s);
      for (int64_t i = seen > j ? seen : j; i < j + LANES; i++) p[i] = -INFINITY;
      s = NAME(load)(p + j);
    }
    NAME(store)(p + j, s);
    most = NAME(select)((BITS)(s > most), s, most);
  }
  float lanes[LANES], largest = -INFINITY;
  NAME(store)(lanes, most);
  for (int i = 0; i < LANES; i++) largest = lanes[i] > largest ? lanes[i] : largest;
  VEC sum = {0}, dot = {0};
  for (int64_t j = 0; j < columns; j += LANES) {
    VEC e = NAME(exp)(NAME(load)(p + j) - largest);
    NAME(store)(p + j, e);
    sum += e;
    dot = NAME(fma)(e, NAME(load)(d + j), dot);
  }
  const float inverse = 1 / NAME(sum)(sum), mean = NAME(sum)(dot) * inverse;
  for (int64_t j = 0; j < columns; j += LANES) {
    VEC q = NAME(load)(p + j) * inverse;
    NAME(store)(p + j, q);
    NAME(store)(d + j, q * (NAME(load)(d + j) - mean) * scale);
  }
}

static TARGET void NAME(attention_gradient)(const muninn_attention_gradient_call *c) {
  const int64_t tokens = c->tokens, size = c->head_dimension, side = (tokens + 31) / 32 * 32;
  enum { ROWS = 12 };
  float *keys = c->scratch, *values = keys + size * side;  // [size, side]
  float *p = values + size * side, *d = p + tokens * side;  // [tokens, side]
  NAME(transpose)(c->k, c->stride, tokens, size, keys, side);
  NAME(transpose)(c->v, c->stride, tokens, size, values, side);
  for (int64_t t = 0; t < tokens; t += ROWS) {
    const int64_t rows = tokens - t < ROWS ? tokens - t : ROWS, seen = t + rows;
    const int64_t columns = (seen + LANES - 1) / LANES * LANES;
    muninn_product_call scores = {.a = c->q + t * c->stride, .a_row = c->stride, .a_step = 1,
                                  .b = keys, .b_stride = side, .c = p + t * side, .c_stride = side,
                                  .rows = rows, .columns = columns, .depth = size};
    NAME(matrix_product)(&scores);
    muninn_product_call weights = {.a = c->dy + t * c->dy_stride, .a_row = c->dy_stride,
                                   .a_step = 1, .b = values, .b_stride = side, .c = d + t * side,
                                   .c_stride = side, .rows = rows, .columns = columns,
                                   .depth = size};
    NAME(matrix_product)(&weights);
    for (int64_t r = 0; r < rows; r++)
      NAME(softmax_gradient)(p + (t + r) * side, d + (t + r) * side, t + r + 1, columns, c->scale);
    muninn_product_call queries = {.a = d + t * side, .a_row = side, .a_step = 1, .b = c->k,
                                   .b_stride = c->stride, .c = c->dq + t * c->d_stride,
                                   .c_stride = c->d_stride, .rows = rows, .columns = size,
                                   .depth = seen};
    NAME(matrix_product)(&queries);
  }
  for (int64_t j = 0; j < tokens; j += ROWS) {
    const int64_t rows = tokens - j < ROWS ? tokens - j : ROWS;
    muninn_product_call call = {.a = d + j * side + j, .a_row = 1, .a_step = side,
                                .b = c->q + j * c->stride, .b_stride = c->stride,
                                .c = c->dk + j * c->d_stride, .c_stride = c->d_stride,
                                .rows = rows, .columns = size, .depth = tokens - j};
    NAME(matrix_product)(&call);
    call.a = p + j * side + j;
    call.b = c->dy + j * c->dy_stride;
    call.b_stride = c->dy_stride;
    call.c = c->dv + j * c->d_stride;
    NAME(matrix_product)(&call);
  }
}

// What every table made of vector.h, pack.h and this file has in common.
#define SHARED_ROWS                                                                         \
  .linear_f32 = NAME(linear_f32), .linear_bf16 = NAME(linear_bf16), .pack = NAME(pack),     \
  .rms_norm = NAME(rms_norm), .silu_multiply = NAME(silu_multiply), .rotate = NAME(rotate), \
  .gelu = NAME(gelu), .gelu_tanh = NAME(gelu_tanh), .layer_norm = NAME(layer_norm),         \
  .attention = NAME(attention), .cached_attention = NAME(cached_attention),                 \
  .maximum = NAME(maximum), .moments = NAME(moments), .cross = NAME(cross),                 \
  .product = NAME(matrix_product), .attention_gradient = NAME(attention_gradient),          \
  .rms_norm_gradient = NAME(rms_norm_gradient),                                             \
  .silu_multiply_gradient = NAME(silu_multiply_gradient),                                   \
  .cross_entropy = NAME(cross_entropy), .add = NAME(add),                                   \
  .normals = NAME(normals), .drop = NAME(drop)
