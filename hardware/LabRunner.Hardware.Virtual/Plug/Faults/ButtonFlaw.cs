namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>What is wrong with the firmware's reading of a button.</summary>
internal enum ButtonFlaw
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>One press toggles twice.</summary>
    Twice,

    /// <summary>No debounce: every edge of a bouncing contact counts, and the shortest press does too.</summary>
    Chatter,

    /// <summary>A double click toggles the first channel.</summary>
    Double,

    /// <summary>The release of a hold toggles.</summary>
    Hold,

    /// <summary>The release of a button that was held over power-up toggles.</summary>
    PowerUp,
}
