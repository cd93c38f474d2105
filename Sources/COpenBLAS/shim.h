// OpenBLAS: CBLAS plus the few LAPACK routines used, declared here because Debian's package
// ships them in the library without a header (LP64, everything by pointer, column major).
#ifndef MUNINN_COPENBLAS_H
#define MUNINN_COPENBLAS_H
#include <cblas.h>

// Eigenvalues and eigenvectors of a real symmetric matrix, divide and conquer.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);
#endif
