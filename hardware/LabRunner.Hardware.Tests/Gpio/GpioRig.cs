using System.Device.Gpio;

namespace LabRunner.Hardware.Tests.Gpio;

/// <summary>A chip under test with one output and one input, and the outside world of both.</summary>
internal interface IGpioRig : IAsyncDisposable
{
    GpioDriver Driver { get; }

    int Output { get; }

    int Input { get; }

    /// <summary>Level of the output as the outside sees it.</summary>
    bool OutputLevel { get; }

    /// <summary>Drives the input from outside.</summary>
    void Drive(bool high);
}

/// <summary>The same for chips of the kernel's interface, where the outside can do more.</summary>
internal interface ICdevRig : IGpioRig
{
    /// <summary>Name of the input.</summary>
    string InputName { get; }

    /// <summary>A line that "somebody else" holds.</summary>
    int HeldLine { get; }

    /// <summary>A weak pull on the output: its level while nobody drives it.</summary>
    void PullOutput(bool high);

    /// <summary>Levels that the output had, in order, from before an action to after it; repeated levels count once.</summary>
    IReadOnlyList<bool> OutputLevels(Action action);

    /// <summary>Level of the input as the outside sees it.</summary>
    bool InputLevel { get; }

    /// <summary>Who holds the input, as any process can ask.</summary>
    string InputConsumer { get; }
}
