namespace LabRunner.Hardware.Tests.Plug;

/// <summary>Wiring of an SM-028 V1.3, as its board file has it.</summary>
internal static class TestBoard
{
    public static Dictionary<int, string> With(int button) => new()
    {
        [2] = "Rel;1", [3] = "BL0937CF1;0", [14] = "BL0937CF;0", [20] = "LED_n;1", [21] = "BL0937SEL;0", [button] = "Btn;1",
    };
}
