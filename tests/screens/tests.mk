# tests.mk - unit tests of the console's parts; its screens are tested by pytest.
kit_sources               := $(call srcs,apikey-tui/kit) protocol/text.c
unit_tui_cells_test       := apikey-tui/kit/cells.c protocol/text.c
unit_tui_kit_test         := $(kit_sources)
unit_tui_panes_test       := $(kit_sources)
unit_tui_plot_test        := apikey-tui/kit/plot.c
unit_tui_fields_test      := apikey-tui/fields.c protocol/text.c
unit_tui_format_test      := apikey-tui/format.c $(values)
unit_tui_live_test        := apikey-tui/live.c protocol/error.c $(values)
unit_tui_pages_test       := apikey-tui/pages.c $(values)
unit_libs_tui_cells_test  := -lunistring
unit_libs_tui_fields_test := -lunistring
unit_libs_tui_kit_test    := -lunistring $(shell pkg-config --libs ncursesw)
unit_libs_tui_live_test   := $(LIBS_library)
unit_libs_tui_format_test := $(LIBS_library)
unit_libs_tui_panes_test  := -lunistring $(shell pkg-config --libs ncursesw)
unit_libs_tui_pages_test  := $(LIBS_library)
