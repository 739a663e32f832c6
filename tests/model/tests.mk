# tests.mk - the engine behind a line protocol, for comparison with the model in test_model.py.
$(BUILD)/tests/model: $(call objs,tests/model/driver.c $(ENGINE) protocol/error.c)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(ENGINE_LIBS)
check-blackbox: $(BUILD)/tests/model
