#ifndef MUNINN_KERNELS_H
#define MUNINN_KERNELS_H
#endif
