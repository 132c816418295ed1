using LabRunner.Bench.Hosting.Discovery.Survey;

namespace LabRunner.Bench.Hosting.Discovery.Doctor;

/// <summary>How a check ended.</summary>
public enum CheckState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>This machine has no such thing, and nothing asked for needs it.</summary>
    NotApplicable,

    /// <summary>It works, or is not needed now, but will bite one day.</summary>
    Warn,

    /// <summary>Something that is needed does not work.</summary>
    Wrong,
}

/// <summary>One line of the doctor.</summary>
/// <param name="Check">Subject, one word.</param>
/// <param name="State">How it is.</param>
/// <param name="Found">What was found and what it means, without a final full stop.</param>
/// <param name="Remedy">The command or the step that mends it, without a final full stop; null where there is nothing to mend.</param>
public sealed record Finding(string Check, CheckState State, string Found, string? Remedy = null)
{
    /// <summary>The state as it is printed.</summary>
    public string StateText => State switch
    {
        CheckState.Ok => "ok",
        CheckState.Warn => "warn",
        CheckState.Wrong => "wrong",
        _ => "not applicable",
    };
}

/// <summary>A check of the doctor: a class in Checks, found by reflection. It looks and changes nothing.</summary>
internal interface IDoctorCheck
{
    /// <summary>Place in the list: 10 the program, 20 bench hardware, 30 other programs, 40 network, 50 the machine.</summary>
    int Order { get; }

    /// <summary>Subject, one word.</summary>
    string Name { get; }

    /// <summary>Looks.</summary>
    Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken);
}

/// <summary>What a check looks at.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="User">Who asks.</param>
/// <param name="Boot">config.txt of a Raspberry Pi.</param>
/// <param name="Needs">What must work: that of the inventory, or of the virtual bench where none was named.</param>
/// <param name="RunFolder">Where runs are to be written; need not exist.</param>
internal sealed record DoctorVisit(IMachine Machine, UserRights User, Survey.BootConfig Boot, BenchNeeds Needs, string RunFolder)
{
    /// <summary>Files of the machine.</summary>
    public MachineFiles Files => Machine.Files;

    /// <summary>True on a Raspberry Pi.</summary>
    public bool RaspberryPi => HostHealth.IsRaspberryPi(Files);

    /// <summary>Wrong where it is needed, else a warning.</summary>
    public static CheckState Bad(bool needed) => needed ? CheckState.Wrong : CheckState.Warn;
}
