# tests.mk - the unit tests of protocol/ but for the client library's, and of what apikeyctl reads.

unit_buffer_test  := protocol/buffer.c
unit_csv_test     := apikeyctl/csv.c
unit_error_test   := protocol/error.c
unit_frame_test   := protocol/frame.c protocol/reader.c tests/unit/draft.c
unit_frame_bounds_test := $(unit_frame_test)
unit_keytext_test := protocol/keytext.c protocol/text.c
unit_reader_test  := protocol/reader.c protocol/writer.c protocol/buffer.c
unit_text_test    := protocol/text.c
unit_write_test   := protocol/writer.c protocol/buffer.c

unit_libs_buffer_test  := -Wl,--wrap=free # to see what is freed
unit_libs_keytext_test := -lunistring
unit_libs_text_test    := -lunistring
