-- A copy of the database must not be able to use the real WhatsApp account.
UPDATE whatsapp_account
   SET meta_waba_id = NULL,
       meta_app_id = NULL,
       meta_app_secret = NULL,
       meta_previous_app_secret = NULL,
       meta_access_token = NULL,
       meta_verify_token = NULL;
