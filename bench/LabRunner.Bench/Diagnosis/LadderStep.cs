using LabRunner.Bench.Inventory.Yaml;

namespace LabRunner.Bench.Diagnosis;

/// <summary>A step of the recovery ladder, from the mildest to the hardest. A plan's <c>watch: { ladder: … }</c> names them.</summary>
internal enum LadderStep
{
    /// <summary>Nothing to do.</summary>
    None,

    /// <summary>Wait whether it heals by itself; always the first step, its length is <c>selfHeal</c>.</summary>
    SelfHeal,

    /// <summary>Press the button and look for a contact change; press again to restore it.</summary>
    Button,

    /// <summary>POST /api/reboot.</summary>
    Reboot,

    /// <summary>Cut the power and give it back; as often as <c>powerCycles</c> says.</summary>
    PowerCycle,

    /// <summary>Five short boots, which lead OpenBeken into its safe mode, and a long one there; then a normal boot.</summary>
    SafeMode,

    /// <summary>Write the slot's <c>recovery</c> image over the UART. Only where the plan asks for it: the firmware under test is another one then.</summary>
    Reflash,

    /// <summary>Nothing helped: the slot leaves the night.</summary>
    GiveUp,
}

/// <summary>The steps as plans spell them.</summary>
internal static class LadderSteps
{
    private static readonly LadderStep[] Choosable = [LadderStep.Button, LadderStep.Reboot, LadderStep.PowerCycle, LadderStep.SafeMode, LadderStep.Reflash];

    /// <summary>Words that a plan may write.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Choosable.Select(s => Word(s))];

    /// <summary>The word of a step.</summary>
    public static string Word(LadderStep step) => OptionsBinder.Word(step);

    /// <summary>The step of a word; null for another word.</summary>
    public static LadderStep? Of(string word) => Choosable.Where(s => Word(s) == word).Select(s => (LadderStep?)s).FirstOrDefault();
}
