using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Slots;

/// <summary>What is about to be done to a slot, as far as safety asks.</summary>
public enum SlotAction
{
    /// <summary>Giving power.</summary>
    PowerOn,

    /// <summary>Pressing the button.</summary>
    Press,

    /// <summary>Driving pins of the DUT of which nobody knows what they do.</summary>
    DrivePins,

    /// <summary>Writing to the UART.</summary>
    WriteConsole,

    /// <summary>Asserting BOOT or reset.</summary>
    Strap,

    /// <summary>Writing the DUT's flash over its UART.</summary>
    Flash,

    /// <summary>Emitting meter pulses.</summary>
    Pulses,
}

/// <summary>A part that a slot may not have as it is declared.</summary>
/// <param name="Contract">The part's key.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Remedy">What would be right.</param>
public sealed record Refusal(string Contract, string Problem, string Remedy);

/// <summary>
/// The bench's safety rules, in one place: the inventory check and every action of a night ask here. The logic ground of a BL0937 plug is
/// tied to a mains conductor, so whatever touches the electronics of a slot on mains must be declared isolated; and nothing is done to any
/// slot once the E-stop or the lid has opened. Thread safe.
/// </summary>
public sealed class Interlocks
{
    private volatile string? _stopped;

    /// <summary>Why the bench is stopped; null while it may act. Latched: a bench that was stopped does not start again by itself.</summary>
    public string? Stopped => _stopped;

    /// <summary>What of a slot's parts is refused.</summary>
    /// <param name="what">The slot, for the sentence.</param>
    /// <param name="supply">How it is supplied.</param>
    /// <param name="isolated">The lines to its electronics are declared isolated.</param>
    /// <param name="isolatedInjection">The pulse harness is declared isolated.</param>
    /// <param name="parts">Keys of its parts and their options.</param>
    public static IEnumerable<Refusal> Refusals(
        string what, SlotSupply supply, bool isolated, bool isolatedInjection, IEnumerable<(string Contract, object? Options)> parts) =>
        from part in parts
        where supply == SlotSupply.Mains
        let declaration = part.Contract == Contracts.Pulses ? isolatedInjection ? null : "isolatedInjection: true' if the pulse harness is rated for mains"
            : Touches(part.Contract, part.Options) && !isolated ? "isolated: true' if its line passes an isolator rated for mains"
            : null
        where declaration is not null
        select new Refusal(
            part.Contract, $"{what} is on mains and has '{part.Contract}'{(part.Options is IJoinsGrounds { Joined: { } how } ? $" with {how}" : "")} without isolation",
            $"Write '{declaration}, or 'supply: isolated-3v3' if no mains is present");

    /// <summary>Stops the bench. The first reason stays.</summary>
    /// <returns>True: this call stopped it.</returns>
    public bool Stop(string reason) => Interlocked.CompareExchange(ref _stopped, reason, null) is null;

    /// <summary>Refuses an action that is not safe.</summary>
    /// <exception cref="BenchFaultException">Kind Safety: the bench is stopped, or the slot's isolation is not declared.</exception>
    public void Demand(SlotEntry slot, SlotAction action)
    {
        if (_stopped is { } reason)
        {
            throw new BenchFaultException(
                FaultKind.Safety, $"slot {slot.Name}", $"{Name(action)} is refused: {reason}", "Make the bench safe, close the chain and start a new night");
        }

        if (action == SlotAction.DrivePins && slot.Supply == SlotSupply.Mains)
        {
            // The meter chip drives some of them itself, and one of them closes a contact that then carries mains.
            throw new BenchFaultException(
                FaultKind.Safety, $"slot {slot.Name}", "driving unknown pins is refused: the slot is on mains", "Probe the board on an isolated 3.3 V supply: 'supply: isolated-3v3'");
        }

        string? part = action switch
        {
            SlotAction.WriteConsole or SlotAction.Flash => Contracts.Console,
            SlotAction.Strap => Contracts.BootStrap,
            SlotAction.Pulses => Contracts.Pulses,
            SlotAction.Press => Contracts.Button,
            _ => null,
        };
        if (part is not null
            && Refusals($"slot '{slot.Name}'", slot.Supply, slot.Isolated, slot.IsolatedInjection, [(part, slot.Drivers.GetValueOrDefault(part)?.Options)]).FirstOrDefault() is { } refusal)
        {
            throw new BenchFaultException(FaultKind.Safety, $"slot {slot.Name}", $"{Name(action)} is refused: {refusal.Problem}", refusal.Remedy);
        }
    }

    // These end on the electronics whatever drives them; of the others only what says so of itself.
    private static bool Touches(string contract, object? options) =>
        contract is Contracts.Console or Contracts.BootStrap or Contracts.Reset or Contracts.Rail or Contracts.PulseCounter || options is IJoinsGrounds { Joined: not null };

    private static string Name(SlotAction action) => action switch
    {
        SlotAction.PowerOn => "giving power",
        SlotAction.Press => "a press",
        SlotAction.WriteConsole => "writing to the console",
        SlotAction.Strap => "moving a strap",
        SlotAction.Flash => "flashing",
        SlotAction.DrivePins => "driving unknown pins",
        _ => "a pulse",
    };
}
