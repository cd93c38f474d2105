// What ships inside the program: the model of Assets/demo, the prompts of Assets/prompts, the page of
// Assets/page and the tours of Assets/tours, in read-only memory.
#ifndef MUNINN_EMBEDDED_MODEL_H
#define MUNINN_EMBEDDED_MODEL_H
#include <stddef.h>
#include <stdint.h>

typedef enum {
  embedded_config,     // config.json
  embedded_tokenizer,  // tokenizer.json
  embedded_weights,    // model.safetensors
  embedded_gallery,    // gallery.json, of Assets/prompts
  embedded_page,       // page.html, of Assets/page: runs are put into it
} embedded_file;

// The bytes of one file; they live as long as the program. NULL and 0 for an unknown name.
const uint8_t *embedded_model_bytes(embedded_file file);
size_t embedded_model_size(embedded_file file);

// The tours, in the order in which they are best given: what each is called, and the bytes of its log.
// NULL and 0 past the last.
size_t embedded_tour_count(void);
const char *embedded_tour_name(size_t index);
const uint8_t *embedded_tour_bytes(size_t index);
size_t embedded_tour_size(size_t index);
#endif
