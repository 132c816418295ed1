using LabRunner.Fixtures;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Suites.Common;

/// <summary>Parameter of suites after whose steps the plug must serve again.</summary>
public abstract record RecoveryParameters
{
    [Limits("1s", "10m"), Meaning("from the end of a step (power is back, a dip is over, the plug was made to fail) to service")]
    public TimeSpan RecoverLimit { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Parameters of suites that cut the supply for a time of their own.</summary>
public abstract record PowerCutParameters : RecoveryParameters
{
    [Limits("500ms", "10m"), Meaning("time off after a cut")]
    public TimeSpan Off { get; init; } = TimeSpan.FromSeconds(3);
}

/// <summary>A cut of the supply as it was, run time.</summary>
/// <param name="Ordered">When off was ordered.</param>
/// <param name="Off">When it was confirmed.</param>
/// <param name="OnOrdered">When on was ordered.</param>
/// <param name="On">When it was confirmed.</param>
internal sealed record SupplyCut(TimeSpan Ordered, TimeSpan Off, TimeSpan OnOrdered, TimeSpan On);

/// <summary>Cutting the supply of a DUT, and waiting for it.</summary>
internal static class PowerCuts
{
    /// <summary>Off, a time, on. Stopped while off, the DUT is switched on all the same, so that its boot falls under the intent of the cut.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="off">Time off.</param>
    /// <param name="fromOrder">True: counted from the order to switch off and not from its confirmation, for dips that are shorter than that takes.</param>
    /// <param name="beforeOn">What is done at the end of the time off; null: nothing.</param>
    public static async Task<SupplyCut> CutSupplyAsync(this SuiteContext lab, TimeSpan off, bool fromOrder = false, Func<Task>? beforeOn = null)
    {
        TimeSpan ordered = lab.Now;
        TimeSpan confirmed;
        TimeSpan onOrdered;
        try
        {
            await lab.Bench.SwitchPowerAsync(lab.Slot, false, lab.Token);
            confirmed = lab.Now;
            await lab.DelayUntilAsync((fromOrder ? ordered : confirmed) + off);
            if (beforeOn is not null)
            {
                await beforeOn();
            }
        }
        catch (OperationCanceledException)
        {
            await lab.Bench.SwitchPowerAsync(lab.Slot, true, CancellationToken.None);
            throw;
        }

        onOrdered = lab.Now;
        await lab.Bench.SwitchPowerAsync(lab.Slot, true, lab.Token);
        return new SupplyCut(ordered, confirmed, onOrdered, lab.Now);
    }

    /// <summary>Leaves the slot with power, whatever ends the test.</summary>
    public static void LeavePowered(this SuiteContext lab) => lab.AtEnd(async token => await lab.Bench.SwitchPowerAsync(lab.Slot, true, token));

    /// <summary>Waits for the first answer of the DUT.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="limit">From now, run time.</param>
    /// <returns>Null: none came.</returns>
    public static Task<PlugInfo?> AnswersWithinAsync(this SuiteContext lab, TimeSpan limit) =>
        lab.UntilAsync<PlugInfo>(async () => await lab.Plug.GetInfoAsync(lab.Token), limit, TimeSpan.FromMilliseconds(500));
}
