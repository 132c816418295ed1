namespace LabRunner.Hardware.Plugs;

/// <summary>Pin roles of OpenBeken that a plug has (new_http.c htmlPinRoleNames: the index is the role's number).</summary>
public static class PlugRoles
{
    /// <summary>Relay, closed at a high level.</summary>
    public const int Relay = 1;

    /// <summary>Relay, closed at a low level.</summary>
    public const int RelayInverted = 2;

    /// <summary>Button to ground, with pull-up.</summary>
    public const int Button = 3;

    /// <summary>Button to the supply.</summary>
    public const int ButtonInverted = 4;

    /// <summary>LED, lit at a high level.</summary>
    public const int Led = 5;

    /// <summary>LED, lit at a low level.</summary>
    public const int LedInverted = 6;

    /// <summary>Digital input with pull-up: its channel is its level.</summary>
    public const int DigitalInput = 12;

    /// <summary>SEL of the meter chip: high asks for voltage.</summary>
    public const int Sel = 17;

    /// <summary>CF of the meter chip.</summary>
    public const int Cf = 18;

    /// <summary>CF1 of the meter chip.</summary>
    public const int Cf1 = 19;

    /// <summary>SEL behind an inverter.</summary>
    public const int SelInverted = 64;

    /// <summary>Name in templates and board files.</summary>
    /// <exception cref="ArgumentOutOfRangeException">None of the above.</exception>
    public static string Name(int role) => role switch
    {
        Relay => "Rel",
        RelayInverted => "Rel_n",
        Button => "Btn",
        ButtonInverted => "Btn_n",
        Led => "LED",
        LedInverted => "LED_n",
        DigitalInput => "dInput",
        Sel => "BL0937SEL",
        Cf => "BL0937CF",
        Cf1 => "BL0937CF1",
        SelInverted => "BL0937SEL_n",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "No role of a plug."),
    };

    /// <summary>Number of a name that <see cref="Name"/> gives; null for any other.</summary>
    public static int? Number(string name) =>
        ((int[])[Relay, RelayInverted, Button, ButtonInverted, Led, LedInverted, DigitalInput, Sel, Cf, Cf1, SelInverted])
            .Where(role => Name(role) == name).Select(role => (int?)role).FirstOrDefault();
}
