using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>
/// Commands that fail on purpose (cmd_test.c): only in builds with ENABLE_TEST_COMMANDS. The driver Freeze of such a build stands in
/// <see cref="SystemCommands"/>. Each ends in a watchdog reset; crashNull prints a dump before, stackOverflow its one line.
/// </summary>
internal static class TestCommands
{
    public static void Register(CommandTable table, PlugFirmware firmware)
    {
        table.Register("crashNull", _ =>
        {
            firmware.Crash(CrashKind.LoadAccessFault);
            return CommandResult.Ok;
        });
        table.Register("stackOverflow", _ =>
        {
            firmware.Log.Raw("Stack Overflow checked\r\n");
            firmware.Hang();
            return CommandResult.Ok;
        });
    }
}
