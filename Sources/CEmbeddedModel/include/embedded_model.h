// What ships inside the program: the model of Assets/demo, the prompts of Assets/prompts and the
// page of Assets/page, in read-only memory.
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
#endif
